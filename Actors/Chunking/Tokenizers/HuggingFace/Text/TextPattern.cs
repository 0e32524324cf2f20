using System.Buffers;
using System.Text.RegularExpressions;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

/// <summary>What a text is searched for: a string, or a regular expression. Safe for concurrent use.</summary>
internal sealed class TextPattern
{
    /// <summary>The id of a match in a list of pieces.</summary>
    public const int Match = 1;

    /// <summary>The id of what lies between matches.</summary>
    public const int Between = 0;

    private readonly string? _text;
    private readonly Regex? _regex;

    private TextPattern(string? text, Regex? regex)
    {
        _text = text;
        _regex = regex;
    }

    /// <summary>The character, when it is a string of one.</summary>
    public char? Character => _text is { Length: 1 } ? _text[0] : null;

    /// <summary>A string.</summary>
    public static TextPattern OfText(string text) => new(text, null);

    /// <summary>A regular expression of the tokenizers library.</summary>
    /// <param name="pattern">The expression.</param>
    /// <exception cref="NotSupportedException">It has something that is not supported, which the message names.</exception>
    public static TextPattern OfExpression(string pattern)
        => new(null, new Regex(PatternTranslator.Translate(pattern), RegexOptions.Compiled | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, Timeout.InfiniteTimeSpan));

    /// <summary>Finds all matches.</summary>
    /// <param name="text">The text; has no lone surrogates.</param>
    /// <param name="matches">Cleared, then filled with the matches and, in turn with them, what is between; together they are the text.</param>
    public void Find(ReadOnlySpan<char> text, PieceList matches)
    {
        matches.Clear();
        var last = 0;
        if (_regex is not null)
        {
            last = text.IndexOfAnyInRange('\uD800', '\uDFFF') < 0 ? FindDirectly(_regex, text, matches) : FindInStandIns(_regex, text, matches);
        }
        else if (_text!.Length > 0)
        {
            for (int next; (next = text[last..].IndexOf(_text, StringComparison.Ordinal)) >= 0; last += next + _text.Length)
            {
                Add(matches, last, last + next, last + next + _text.Length);
            }
        }

        if (last < text.Length)
        {
            matches.Add(last, text.Length, Between);
        }
    }

    private static int FindDirectly(Regex regex, ReadOnlySpan<char> text, PieceList matches)
    {
        var last = 0;
        foreach (var match in regex.EnumerateMatches(text))
        {
            // An empty match right behind another one is none.
            if (match.Length > 0 || match.Index > last || matches.Count == 0)
            {
                Add(matches, last, match.Index, match.Index + match.Length);
                last = match.Index + match.Length;
            }
        }

        return last;
    }

    /// <summary>The runtime's expressions see halves of surrogate pairs, so they are shown a text where one character of the same category stands for each pair.</summary>
    private static int FindInStandIns(Regex regex, ReadOnlySpan<char> text, PieceList matches)
    {
        var standIns = ArrayPool<char>.Shared.Rent(text.Length);
        var places = ArrayPool<int>.Shared.Rent(text.Length + 1);
        try
        {
            var count = 0;
            for (var i = 0; i < text.Length; count++)
            {
                places[count] = i;
                if (char.IsHighSurrogate(text[i]))
                {
                    standIns[count] = StandIns.For(char.ConvertToUtf32(text[i], text[i + 1]));
                    i += 2;
                }
                else
                {
                    standIns[count] = text[i++];
                }
            }

            places[count] = text.Length;
            var last = 0;
            foreach (var match in regex.EnumerateMatches(standIns.AsSpan(0, count)))
            {
                var start = places[match.Index];
                var end = places[match.Index + match.Length];
                if (match.Length > 0 || start > last || matches.Count == 0)
                {
                    Add(matches, last, start, end);
                    last = end;
                }
            }

            return last;
        }
        finally
        {
            ArrayPool<char>.Shared.Return(standIns);
            ArrayPool<int>.Shared.Return(places);
        }
    }

    private static void Add(PieceList matches, int last, int start, int end)
    {
        if (start > last)
        {
            matches.Add(last, start, Between);
        }

        matches.Add(start, end, Match);
    }
}
