using System.Buffers;

namespace Sluice.Actors.Parsing.Pdf;

/// <summary>Counts the text in the content of a page without drawing it: what stands in strings (ISO 32000-1, sections 7.3.4 and 7.8.2).</summary>
internal static class ShownText
{
    private static readonly SearchValues<byte> _outside = SearchValues.Create("(<%I"u8);
    private static readonly SearchValues<byte> _inside = SearchValues.Create("()\\"u8);

    /// <summary>Bytes in the strings of <paramref name="content"/>; pictures within it are left out.</summary>
    /// <param name="content">Decompressed content of a page or a form.</param>
    public static long Bytes(ReadOnlySpan<byte> content)
    {
        long bytes = 0;
        var at = 0;
        while (at < content.Length && content[at..].IndexOfAny(_outside) is >= 0 and var step)
        {
            at += step;
            switch (content[at])
            {
                case (byte)'(':
                    var length = Literal(content[(at + 1)..]);
                    bytes += length;
                    at += length + 2;
                    break;
                case (byte)'<' when at + 1 < content.Length && content[at + 1] == (byte)'<':
                    at += 2;
                    break;
                case (byte)'<':
                    length = To(content[(at + 1)..], (byte)'>');
                    bytes += length / 2;
                    at += length + 2;
                    break;
                case (byte)'%':
                    at += content[at..].IndexOfAny((byte)'\n', (byte)'\r') is >= 0 and var end ? end : content.Length - at;
                    break;
                default:
                    at += IsWord(content, at, "ID"u8) ? Picture(content[at..]) : 1;
                    break;
            }
        }

        return bytes;
    }

    /// <summary>Length of a string whose opening bracket has been read; brackets within it come in pairs.</summary>
    private static int Literal(ReadOnlySpan<byte> content)
    {
        var open = 1;
        var at = 0;
        while (at < content.Length && content[at..].IndexOfAny(_inside) is >= 0 and var step)
        {
            at += step;
            open += content[at] switch { (byte)'(' => 1, (byte)')' => -1, _ => 0 };
            if (open == 0)
            {
                return at;
            }

            at += content[at] == (byte)'\\' ? 2 : 1;
        }

        return content.Length;
    }

    /// <summary>Length of a picture's data, from the operator that begins it to the one that ends it.</summary>
    private static int Picture(ReadOnlySpan<byte> content)
    {
        var at = 2;
        while (content[at..].IndexOf("EI"u8) is >= 0 and var step)
        {
            at += step;
            if (IsWord(content, at, "EI"u8))
            {
                return at;
            }

            at += 2;
        }

        return content.Length;
    }

    private static int To(ReadOnlySpan<byte> content, byte end) => content.IndexOf(end) is >= 0 and var length ? length : content.Length;

    private static bool IsWord(ReadOnlySpan<byte> content, int at, ReadOnlySpan<byte> word) =>
        content[at..].StartsWith(word)
        && (at == 0 || IsSpace(content[at - 1]))
        && (at + word.Length == content.Length || IsSpace(content[at + word.Length]));

    private static bool IsSpace(byte value) => value is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t' or 12 or 0;
}
