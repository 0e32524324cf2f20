using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Chunking;

/// <summary>Puts a chunk's text together in a reused buffer, halves of characters replaced by U+FFFD, and tokenizes exactly what will be embedded. Not safe for concurrent use.</summary>
internal sealed class ChunkAssembler(ChunkingPlan plan)
{
    private readonly TokenBuffer _tokens = new();
    private char[] _buffer = new char[1024];
    private int _length;
    private int _textStart;

    /// <summary>Everything that is embedded; valid until the next call.</summary>
    public ReadOnlySpan<char> Embedded => _buffer.AsSpan(0, _length);

    /// <summary>The chunk's own text; valid until the next call.</summary>
    public ReadOnlySpan<char> Text => _buffer.AsSpan(_textStart, _length - _textStart);

    /// <summary>The tokens of <see cref="Embedded"/>; valid until the next call.</summary>
    public ReadOnlySpan<int> Tokens => _tokens.Ids;

    /// <summary>Assembles the first <paramref name="count"/> pieces of <paramref name="window"/> behind <paramref name="context"/>.</summary>
    public void Assemble(PieceWindow window, int count, string context)
    {
        _length = 0;
        Append(plan.Prompt);
        Append(context);
        _textStart = _length;
        string? header = null;
        for (var index = 0; index < count;)
        {
            var source = window[index].Source;
            var start = window[index].Start;
            var end = window[index].End;
            var previous = index == 0 ? null : window[index - 1].Source;
            while (++index < count && ReferenceEquals(window[index].Source, source))
            {
                end = window[index].End;
            }

            AppendSlice(source, source.Text.AsSpan(start, end - start), previous, ref header);
        }

        TrimEnd();
        ReplaceLoneSurrogates(_buffer.AsSpan(0, _length));
        plan.Tokenizer.Encode(Embedded, _tokens, addSpecialTokens: true);
    }

    /// <summary>Length of the white space that is not wanted at the beginning: all of it, but not the indentation of code.</summary>
    public static int LeadingWhiteSpace(ReadOnlySpan<char> text, SectionKind kind)
    {
        var length = SentenceBoundaries.SkipWhiteSpace(text, 0);
        return kind == SectionKind.Code ? text[..length].LastIndexOf('\n') + 1 : length;
    }

    /// <summary>Half a character is no text, and two different halves would be the same in UTF-8, and so in the chunk's id.</summary>
    private static void ReplaceLoneSurrogates(Span<char> text)
    {
        var at = 0;
        while (text[at..].IndexOfAnyInRange('\ud800', '\udfff') is var found and >= 0)
        {
            at += found;
            if (at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]))
            {
                at += 2;
            }
            else
            {
                text[at++] = '\ufffd';
            }
        }
    }

    private void AppendSlice(PieceSource source, ReadOnlySpan<char> text, PieceSource? previous, ref string? header)
    {
        var joined = previous is not null && source.Section.Continues;
        if (!joined)
        {
            if (previous is not null)
            {
                TrimEnd();
                var tight = previous.Kind == source.Kind && source.Kind is SectionKind.ListItem or SectionKind.TableRow;
                Append(tight ? "\n" : "\n\n");
            }

            if (source.Header is { } own && !string.Equals(own, header, StringComparison.Ordinal))
            {
                Append(own.AsSpan().Trim());
                Append("\n");
            }

            text = text[LeadingWhiteSpace(text, source.Kind)..];
        }

        header = source.Header ?? header;
        Append(text);
    }

    private void Append(ReadOnlySpan<char> text)
    {
        if (_length + text.Length > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(_length + text.Length, _buffer.Length * 2));
        }

        text.CopyTo(_buffer.AsSpan(_length));
        _length += text.Length;
    }

    private void TrimEnd()
    {
        while (_length > _textStart && char.IsWhiteSpace(_buffer[_length - 1]))
        {
            _length--;
        }
    }
}
