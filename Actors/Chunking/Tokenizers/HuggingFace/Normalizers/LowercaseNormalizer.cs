using System.Text;
using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Normalizers;

/// <summary>Small letters, character by character: a sigma at the end of a word is no exception, and the capital dotted i becomes two characters.</summary>
internal sealed class LowercaseNormalizer : INormalizer
{
    /// <inheritdoc/>
    public void Apply(AlignedText source, AlignedText target)
    {
        var chars = source.Chars;
        var from = source.From;
        var to = source.To;
        Span<char> written = stackalloc char[2];
        for (var i = 0; i < chars.Length;)
        {
            var character = chars[i];
            if (character < 0x80)
            {
                target.Add(char.IsAsciiLetterUpper(character) ? (char)(character | 0x20) : character, from[i], to[i]);
                i++;
                continue;
            }

            if (character == '\u0130')
            {
                target.Add("i\u0307", from[i], to[i]);
                i++;
                continue;
            }

            var codePoint = source.CodePointAt(i, out var length);
            var lower = new Rune(Lower(codePoint));
            var count = lower.EncodeToUtf16(written);
            target.Add(written[..count], from[i], to[i]);
            i += length;
        }
    }

    /// <summary>The letters that are younger than the runtime's tables are listed.</summary>
    private static int Lower(int codePoint) => codePoint switch
    {
        0x1C89 or 0xA7CC or 0xA7CE or 0xA7D2 or 0xA7D4 or 0xA7DA => codePoint + 1,
        0xA7CB => 0x264,
        0xA7DC => 0x19B,
        >= 0x10D50 and <= 0x10D65 => codePoint + 0x20,
        >= 0x16EA0 and <= 0x16EB8 => codePoint + 0x1B,
        _ => Rune.ToLowerInvariant(new Rune(codePoint)).Value,
    };
}
