using System.Globalization;
using System.Text;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Chunking.Tokenizers;

/// <summary>
/// Unicode compatibility composition (NFKC) piece by piece: which characters it leaves alone, and before which a text may be cut without changing the result.
/// What it knows of a block of 256 characters is worked out at first use and kept. Safe for concurrent use.
/// </summary>
internal static class CompatibilityForm
{
    /// <summary>The text before it and from it on can be normalized apart.</summary>
    public const byte Boundary = 1;

    /// <summary>On its own it is its own normal form.</summary>
    public const byte Stable = 2;

    /// <summary>White space.</summary>
    public const byte Space = 4;

    private static readonly byte[]?[] Blocks = new byte[256][];

    /// <summary>Checks that the runtime can normalize at all.</summary>
    /// <exception cref="ModelException">It cannot: ICU is missing or globalization is switched off.</exception>
    public static void Require()
    {
        if (!string.Equals("\uFB01\u0065\u0301".Normalize(NormalizationForm.FormKC), "fi\u00E9", StringComparison.Ordinal))
        {
            throw new ModelException(
                "This process cannot normalize Unicode text, which the model's tokenizer needs: .NET runs with invariant globalization or without ICU. "
                + "Install ICU (on Debian: 'apt-get install libicu72' or the libicu package of your release) and unset DOTNET_SYSTEM_GLOBALIZATION_INVARIANT.");
        }
    }

    /// <summary>What is known of a character that is no surrogate.</summary>
    public static byte Of(char character) => (Blocks[character >> 8] ?? BuildBlock(character >> 8))[character & 0xFF];

    /// <summary>Whether the text before <paramref name="index"/> and from it on can be normalized apart. True inside no surrogate pair.</summary>
    public static bool IsBoundary(ReadOnlySpan<char> text, int index)
    {
        var character = text[index];
        if (!char.IsSurrogate(character))
        {
            return (Of(character) & Boundary) != 0;
        }

        return !char.IsHighSurrogate(character) || index + 1 == text.Length || !char.IsLowSurrogate(text[index + 1])
            || IsBoundaryBefore(char.ConvertToUtf32(character, text[index + 1]));
    }

    /// <summary>
    /// Whether a code point never joins or moves before what precedes it. Marks may; so may vowels and final consonants of Hangul, which are letters,
    /// and the few letters that turn into such. Some that are told apart here would not need to be: that costs detail of offsets, not correctness.
    /// </summary>
    public static bool IsBoundaryBefore(int codePoint) => CharUnicodeInfo.GetUnicodeCategory(codePoint) switch
    {
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => false,
        _ => codePoint is not ((>= 0x1160 and <= 0x11FF) or (>= 0x3130 and <= 0x318F) or (>= 0xD7B0 and <= 0xD7FF) or (>= 0xFF9E and <= 0xFFDC) or (>= 0x16D40 and <= 0x16D7F)),
    };

    private static byte[] BuildBlock(int block)
    {
        var flags = new byte[256];
        Span<char> normal = stackalloc char[64];
        for (var i = 0; i < flags.Length; i++)
        {
            var character = (char)((block << 8) | i);
            if (char.IsSurrogate(character))
            {
                continue;
            }

            byte flag = 0;
            if (IsBoundaryBefore(character))
            {
                flag |= Boundary;
            }

            if (char.IsWhiteSpace(character))
            {
                flag |= Space;
            }

            // The runtime refuses U+FFFE and takes U+FFFF; neither changes.
            if (character >= '\uFFFE' || (new ReadOnlySpan<char>(in character).TryNormalize(normal, out var length, NormalizationForm.FormKC) && length == 1 && normal[0] == character))
            {
                flag |= Stable;
            }

            flags[i] = flag;
        }

        Blocks[block] = flags;
        return flags;
    }
}
