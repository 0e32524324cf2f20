using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Normalizers;

/// <summary>Removes white space at the ends.</summary>
/// <param name="left">At the beginning.</param>
/// <param name="right">At the end.</param>
internal sealed class StripNormalizer(bool left, bool right) : INormalizer
{
    /// <inheritdoc/>
    public void Apply(AlignedText source, AlignedText target)
    {
        var chars = source.Chars;
        var start = 0;
        var end = chars.Length;
        while (left && start < end && CharacterClasses.Is(chars[start], CharacterClass.Space))
        {
            start++;
        }

        while (right && end > start && CharacterClasses.Is(chars[end - 1], CharacterClass.Space))
        {
            end--;
        }

        target.Add(source, start, end);
    }
}
