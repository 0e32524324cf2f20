namespace Sluice.Actors.Parsing.Pdf;

/// <summary>Counts what LZW data becomes without making it (PDF 1.7, section 7.4.4): codes of 9 to 12 bits, 256 clears the table, 257 ends.</summary>
internal static class LzwLength
{
    private const int Clear = 256;
    private const int End = 257;
    private const int MaxCodes = 4096;
    private const int LongestOfOneCode = MaxCodes;

    /// <summary>Whether <paramref name="data"/> becomes at most <paramref name="limit"/> bytes.</summary>
    public static bool AtMost(ReadOnlySpan<byte> data, long limit)
    {
        if (data.Length * 8L / 9 * LongestOfOneCode <= limit)
        {
            return true;
        }

        var lengths = new int[MaxCodes];
        Array.Fill(lengths, 1, 0, Clear);
        var next = End + 1;
        var width = 9;
        var before = 0;
        long total = 0;
        long bits = 0;
        var held = 0;
        foreach (var b in data)
        {
            bits = (bits << 8) | b;
            held += 8;
            if (held < width)
            {
                continue;
            }

            held -= width;
            var code = (int)(bits >> held) & ((1 << width) - 1);
            bits &= (1L << held) - 1;
            if (code == End)
            {
                return true;
            }

            if (code == Clear)
            {
                (next, width, before) = (End + 1, 9, 0);
                continue;
            }

            var length = code < next ? Math.Max(1, lengths[code]) : before + 1;
            if (before > 0 && next < MaxCodes)
            {
                lengths[next++] = before + 1;
                width = next >= 2047 ? 12 : next >= 1023 ? 11 : next >= 511 ? 10 : 9;
            }

            before = length;
            total += length;
            if (total > limit)
            {
                return false;
            }
        }

        return true;
    }
}
