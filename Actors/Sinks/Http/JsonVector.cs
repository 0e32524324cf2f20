using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Sluice.Actors.Sinks.Http;

/// <summary>
/// Writes vectors as JSON arrays, faster than number by number: what embeddings are made of, numbers between 0.0001 and 10, is printed with nine digits from an integer, which
/// every reader turns back into the same <see cref="float"/>; the rest as <see cref="Utf8JsonWriter"/> would. One thread at a time; give the buffer back by disposing.
/// </summary>
internal sealed class JsonVector : IDisposable
{
    /// <summary>Most bytes of a number with its comma.</summary>
    public const int MaxNumber = 20;

    private const double LeastFast = 1e-4;
    private const double MostFast = 10;
    private const ulong NineDigits = 1_000_000_000;

    private byte[] _bytes = [];

    /// <summary>Writes an array as a value.</summary>
    /// <param name="writer">Where it goes: behind a property's name or into an array.</param>
    /// <param name="values">Finite numbers.</param>
    public void Write(Utf8JsonWriter writer, ReadOnlySpan<float> values)
    {
        Reserve((values.Length * MaxNumber) + 2);
        var at = 0;
        _bytes[at++] = (byte)'[';
        foreach (var value in values)
        {
            at += Format(value, _bytes.AsSpan(at));
            _bytes[at++] = (byte)',';
        }

        at -= values.Length > 0 ? 1 : 0;
        _bytes[at++] = (byte)']';
        writer.WriteRawValue(_bytes.AsSpan(0, at), skipInputValidation: true);
    }

    public void Dispose()
    {
        var bytes = _bytes;
        _bytes = [];
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Prints a number.</summary>
    /// <param name="value">A finite number.</param>
    /// <param name="to">At least <see cref="MaxNumber"/> bytes.</param>
    /// <returns>Bytes written.</returns>
    internal static int Format(float value, Span<byte> to)
    {
        var size = Math.Abs((double)value);
        if (size is < LeastFast or >= MostFast)
        {
            value.TryFormat(to, out var written, provider: CultureInfo.InvariantCulture);
            return written;
        }

        // Scaled to nine digits; half a unit of the ninth is less than a sixth of the distance to the next float.
        var (zeros, scale) = size switch
        {
            >= 1 => (-1, 1e8),
            >= 1e-1 => (0, 1e9),
            >= 1e-2 => (1, 1e10),
            >= 1e-3 => (2, 1e11),
            _ => (3, 1e12),
        };
        var digits = (ulong)((size * scale) + 0.5);
        if (digits >= NineDigits)
        {
            // Rounded up to the next power of ten.
            value.TryFormat(to, out var written, provider: CultureInfo.InvariantCulture);
            return written;
        }

        var at = 0;
        if (value < 0)
        {
            to[at++] = (byte)'-';
        }

        if (zeros < 0)
        {
            (var whole, digits) = Math.DivRem(digits, NineDigits / 10);
            to[at++] = (byte)('0' + whole);
            to[at++] = (byte)'.';
            return at + Digits(digits, 8, to[at..]);
        }

        to[at++] = (byte)'0';
        to[at++] = (byte)'.';
        to.Slice(at, zeros).Fill((byte)'0');
        at += zeros;
        return at + Digits(digits, 9, to[at..]);
    }

    /// <summary>Prints digits with leading zeros and without those at the end, one at least.</summary>
    private static int Digits(ulong digits, int count, Span<byte> to)
    {
        for (var i = count - 1; i >= 0; i--)
        {
            (digits, var digit) = Math.DivRem(digits, 10UL);
            to[i] = (byte)('0' + digit);
        }

        while (count > 1 && to[count - 1] == '0')
        {
            count--;
        }

        return count;
    }

    private void Reserve(int count)
    {
        if (_bytes.Length < count)
        {
            Dispose();
            _bytes = ArrayPool<byte>.Shared.Rent(count);
        }
    }
}
