using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Normalizers;

/// <summary>Replaces what a pattern matches; the replacement has the range of all it stands for.</summary>
/// <param name="pattern">The pattern.</param>
/// <param name="content">What comes instead; may be empty.</param>
internal sealed class ReplaceNormalizer(TextPattern pattern, string content) : INormalizer
{
    private PieceList? _spare;

    /// <inheritdoc/>
    public void Apply(AlignedText source, AlignedText target)
    {
        if (pattern.Character is { } character && content.Length == 1)
        {
            var chars = source.Chars;
            for (var i = 0; i < chars.Length; i++)
            {
                target.Add(chars[i] == character ? content[0] : chars[i], source.From[i], source.To[i]);
            }

            return;
        }

        var matches = Interlocked.Exchange(ref _spare, null) ?? new PieceList();
        pattern.Find(source.Chars, matches);
        foreach (var (start, end, id) in matches.Items)
        {
            if (id != TextPattern.Match)
            {
                target.Add(source, start, end);
            }
            else if (start < end)
            {
                target.Add(content, source.From[start], source.To[end - 1]);
            }
            else
            {
                var place = start < source.Count ? source.From[start] : start > 0 ? source.To[start - 1] : 0;
                target.Add(content, place, place);
            }
        }

        _spare = matches;
    }
}
