using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Normalizers;

/// <summary>The cleaning of neural machine translation: some control characters go, characters that look like a space or like nothing become a space.</summary>
internal sealed class NmtNormalizer : INormalizer
{
    /// <inheritdoc/>
    public void Apply(AlignedText source, AlignedText target)
    {
        var chars = source.Chars;
        for (var i = 0; i < chars.Length; i++)
        {
            switch (chars[i])
            {
                case (>= '\u0001' and <= '\u0008') or '\u000B' or (>= '\u000E' and <= '\u001F') or '\u007F' or '\u008F' or '\u009F':
                    break;
                case '\u0009' or '\u000A' or '\u000C' or '\u000D' or '\u1680' or (>= '\u200B' and <= '\u200F') or '\u2028' or '\u2029' or '\u2581' or '\uFEFF' or '\uFFFD':
                    target.Add(' ', source.From[i], source.To[i]);
                    break;
                default:
                    target.Add(chars[i], source.From[i], source.To[i]);
                    break;
            }
        }
    }
}
