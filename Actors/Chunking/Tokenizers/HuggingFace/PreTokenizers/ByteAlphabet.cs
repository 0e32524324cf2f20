using System.Text;
using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.PreTokenizers;

/// <summary>The visible characters that stand for the 256 bytes in byte-level vocabularies: a printable byte for itself, the others from U+0100 on.</summary>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = Build();

    /// <summary>The character for a space.</summary>
    public static char Space => Characters[' '];

    /// <summary>The character for a byte.</summary>
    public static char Of(byte value) => Characters[value];

    /// <summary>Writes a stretch of text; the bytes of a character all have its range.</summary>
    public static void Write(AlignedText source, int start, int end, AlignedText target)
    {
        var chars = source.Chars;
        var from = source.From;
        var to = source.To;
        Span<byte> bytes = stackalloc byte[4];
        for (var i = start; i < end;)
        {
            if (chars[i] < 0x80)
            {
                target.Add(Characters[chars[i]], from[i], to[i]);
                i++;
                continue;
            }

            var count = new Rune(source.CodePointAt(i, out var length)).EncodeToUtf8(bytes);
            for (var b = 0; b < count; b++)
            {
                target.Add(Characters[bytes[b]], from[i], to[i]);
            }

            i += length;
        }
    }

    private static char[] Build()
    {
        var characters = new char[256];
        var other = 0x100;
        for (var value = 0; value < characters.Length; value++)
        {
            var isPrintable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
            characters[value] = (char)(isPrintable ? value : other++);
        }

        return characters;
    }
}
