using System.Numerics.Tensors;

namespace Sluice.Actors.Parsing.Visual;

/// <summary>
/// Changes the size of images as Pillow does, to the bit: across, rounded to 8 bits, then down, each with the weights of <see cref="ResampleWeights"/>. Goes over the
/// source once, row by row, and holds the result's rows only: what it takes does not grow with the source.
/// </summary>
internal static class ImageResampler
{
    private const int Channels = 3;
    private const int Half = 1 << (ResampleWeights.Bits - 1);

    /// <summary>Computes a window of the image at its new size. What of the window lies outside stays as it is.</summary>
    /// <param name="source">The image, three bytes a pixel.</param>
    /// <param name="size">Its size.</param>
    /// <param name="scaled">The new size.</param>
    /// <param name="filter">How pixels are weighed.</param>
    /// <param name="offset">Left and top edge of the window at the new size; may be negative.</param>
    /// <param name="result">The window, three bytes a pixel.</param>
    /// <param name="window">Its size.</param>
    public static void Resample(
        ReadOnlySpan<byte> source, (int Width, int Height) size, (long Width, long Height) scaled, ImageFilter filter, (long Left, long Top) offset, Span<byte> result, (int Width, int Height) window)
    {
        var left = Math.Max(0, offset.Left);
        var top = Math.Max(0, offset.Top);
        var width = (int)(Math.Min(scaled.Width, offset.Left + window.Width) - left);
        var height = (int)(Math.Min(scaled.Height, offset.Top + window.Height) - top);
        if (width <= 0 || height <= 0)
        {
            return;
        }

        var across = scaled.Width == size.Width ? null : new ResampleWeights(filter, size.Width, scaled.Width, left, width);
        var down = scaled.Height == size.Height ? null : new ResampleWeights(filter, size.Height, scaled.Height, top, height);
        var target = result[((((int)(top - offset.Top) * window.Width) + (int)(left - offset.Left)) * Channels)..];
        var row = new int[width * Channels];
        var planes = across is null ? [] : new int[(across.To - across.From) * Channels];
        if (down is null)
        {
            for (var y = 0; y < height; y++)
            {
                TakeRow(Row(source, size.Width, (int)top + y), across, (int)left, planes, row);
                Store(row, target.Slice(y * window.Width * Channels, row.Length));
            }

            return;
        }

        var sums = new int[height * row.Length];
        Array.Fill(sums, Half);
        var product = new int[row.Length];
        var (first, last) = (0, 0);
        for (var y = down.From; y < down.To; y++)
        {
            TakeRow(Row(source, size.Width, y), across, (int)left, planes, row);
            while (last < height && down.Start(last) <= y)
            {
                last++;
            }

            for (var at = first; at < last; at++)
            {
                var place = y - down.Start(at);
                if (place < down[at].Length)
                {
                    var sum = sums.AsSpan(at * row.Length, row.Length);
                    TensorPrimitives.Multiply(row, down[at][place], product);
                    TensorPrimitives.Add<int>(sum, product, sum);
                }
            }

            while (first < last && y - down.Start(first) >= down[first].Length - 1)
            {
                first++;
            }
        }

        for (var y = 0; y < height; y++)
        {
            var sum = sums.AsSpan(y * row.Length, row.Length);
            for (var x = 0; x < sum.Length; x++)
            {
                sum[x] = Math.Clamp(sum[x] >> ResampleWeights.Bits, 0, 255);
            }

            Store(sum, target.Slice(y * window.Width * Channels, row.Length));
        }
    }

    private static ReadOnlySpan<byte> Row(ReadOnlySpan<byte> source, int width, int y) => source.Slice(checked(y * width * Channels), width * Channels);

    /// <summary>A row at its new width, a number a component.</summary>
    private static void TakeRow(ReadOnlySpan<byte> source, ResampleWeights? across, int left, int[] planes, int[] row)
    {
        if (across is null)
        {
            source = source.Slice(left * Channels, row.Length);
            for (var at = 0; at < row.Length; at++)
            {
                row[at] = source[at];
            }

            return;
        }

        // Each component by itself: what is multiplied then stands side by side.
        var length = across.To - across.From;
        source = source.Slice(across.From * Channels, planes.Length);
        for (int at = 0, pixel = 0; pixel < length; pixel++, at += Channels)
        {
            planes[pixel] = source[at];
            planes[length + pixel] = source[at + 1];
            planes[length + length + pixel] = source[at + 2];
        }

        for (int x = 0, to = 0; to < row.Length; x++, to += Channels)
        {
            var weights = across[x];
            var start = across.Start(x) - across.From;
            for (var channel = 0; channel < Channels; channel++)
            {
                var sum = Half + TensorPrimitives.Dot<int>(weights, planes.AsSpan((channel * length) + start, weights.Length));
                row[to + channel] = Math.Clamp(sum >> ResampleWeights.Bits, 0, 255);
            }
        }
    }

    private static void Store(ReadOnlySpan<int> row, Span<byte> target)
    {
        for (var at = 0; at < row.Length; at++)
        {
            target[at] = (byte)row[at];
        }
    }
}
