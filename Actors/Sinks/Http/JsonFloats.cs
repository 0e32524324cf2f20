using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Sluice.Actors.Sinks.Http;

/// <summary>
/// Writes vectors as JSON faster than number by number. A 32-bit number is written with at most nine significant digits, which is enough for the same bits to come back
/// (IEEE 754-2019, section 5.12.2), by one multiplication and one integer instead of a search for the shortest digits; what is very large or very small is left to .NET.
/// </summary>
internal static class JsonFloats
{
    /// <summary>Most bytes of a number: sign, digits, dot, exponent or leading zeros.</summary>
    private const int MaxBytes = 20;

    private const int SignificantDigits = 9;
    private const int OnStack = 1_024;

    /// <summary>Numbers in this range, but for their sign, are written here; powers of ten up to 22 are exact in 64 bits.</summary>
    private const float Least = 1e-5f;
    private const float Bound = 1e9f;

    private static readonly double[] s_powers = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14];

    /// <summary>Writes an array of numbers.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="values">The numbers; neither NaN nor infinite, which JSON does not know.</param>
    public static void WriteArray(Utf8JsonWriter writer, ReadOnlySpan<float> values)
    {
        ArgumentNullException.ThrowIfNull(writer);
        var size = 2 + (values.Length * (MaxBytes + 1));
        byte[]? rented = null;
        Span<byte> buffer = size <= OnStack ? stackalloc byte[OnStack] : rented = ArrayPool<byte>.Shared.Rent(size);
        var length = 0;
        buffer[length++] = (byte)'[';
        for (var i = 0; i < values.Length; i++)
        {
            if (i > 0)
            {
                buffer[length++] = (byte)',';
            }

            length += Format(values[i], buffer[length..]);
        }

        buffer[length++] = (byte)']';
        writer.WriteRawValue(buffer[..length], skipInputValidation: true);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Writes a number.</summary>
    /// <param name="value">The number; neither NaN nor infinite.</param>
    /// <param name="target">Where to; at least 20 bytes.</param>
    /// <returns>Bytes written.</returns>
    public static int Format(float value, Span<byte> target)
    {
        var absolute = Math.Abs(value);
        if (!(absolute >= Least && absolute < Bound))
        {
            return value.TryFormat(target, out var written, provider: CultureInfo.InvariantCulture) ? written : throw new ArgumentException("20 bytes are needed", nameof(target));
        }

        // The decimal exponent from the binary one: 1233 / 4096 is a little less than log 2. It may be one too low.
        var exponent = ((((int)(BitConverter.SingleToUInt32Bits(absolute) >> 23) - 127) * 1233) >> 12) + 5;
        while (absolute >= s_powers[exponent + 1] * 1e-5)
        {
            exponent++;
        }

        exponent -= 5;
        var digits = (uint)((absolute * s_powers[SignificantDigits - 1 - exponent]) + 0.5);
        if (digits >= 1_000_000_000)
        {
            (digits, exponent) = (100_000_000, exponent + 1);
        }

        var count = SignificantDigits;
        while (digits % 10 == 0)
        {
            digits /= 10;
            count--;
        }

        var at = 0;
        if (value < 0)
        {
            target[at++] = (byte)'-';
        }

        return exponent < 0 ? Small(digits, count, exponent, target, at) : Large(digits, count, exponent, target, at);
    }

    private static int Small(uint digits, int count, int exponent, Span<byte> target, int at)
    {
        target[at++] = (byte)'0';
        target[at++] = (byte)'.';
        for (var zero = -1; zero > exponent; zero--)
        {
            target[at++] = (byte)'0';
        }

        digits.TryFormat(target[at..], out _, default, CultureInfo.InvariantCulture);
        return at + count;
    }

    private static int Large(uint digits, int count, int exponent, Span<byte> target, int at)
    {
        digits.TryFormat(target[at..], out _, default, CultureInfo.InvariantCulture);
        var whole = exponent + 1;
        if (count <= whole)
        {
            target.Slice(at + count, whole - count).Fill((byte)'0');
            return at + whole;
        }

        target[(at + whole)..(at + count)].CopyTo(target[(at + whole + 1)..]);
        target[at + whole] = (byte)'.';
        return at + count + 1;
    }
}
