using System.Buffers;
using System.Numerics.Tensors;
using Sluice.Actors.Parsing.Images;

namespace Sluice.Actors.Parsing.Ocr.Detection;

/// <summary>Scales a picture into the planes of a network's input, each source pixel weighted by a triangle as wide as a target pixel: smooth, also when made much smaller.</summary>
internal static class PictureScaler
{
    /// <summary>Scales and normalizes.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="target">Three planes of <paramref name="width"/> x <paramref name="height"/>: blue, green, red, as PaddleOCR's networks expect them.</param>
    /// <param name="width">Pixels in a row of a plane.</param>
    /// <param name="height">Rows of a plane.</param>
    /// <param name="scale">What a channel's value, 0 to 255, is multiplied with, in the order of the planes.</param>
    /// <param name="offset">What is added then.</param>
    public static void ToPlanes(RasterImage image, Span<float> target, int width, int height, ReadOnlySpan<float> scale, ReadOnlySpan<float> offset)
    {
        var across = Weights(image.Width, width);
        var down = Weights(image.Height, height);
        var length = image.Width * RasterImage.Channels;
        var rented = ArrayPool<float>.Shared.Rent(length * 2);
        try
        {
            var sum = rented.AsSpan(0, length);
            var source = rented.AsSpan(length, length);
            for (var y = 0; y < height; y++)
            {
                sum.Clear();
                var (first, weights) = down[y];
                for (var index = 0; index < weights.Length; index++)
                {
                    TensorPrimitives.ConvertSaturating(image.Row(first + index), source);
                    TensorPrimitives.MultiplyAdd(source, weights[index], sum, sum);
                }

                for (var x = 0; x < width; x++)
                {
                    var (left, shares) = across[x];
                    float red = 0, green = 0, blue = 0;
                    for (var index = 0; index < shares.Length; index++)
                    {
                        var at = (left + index) * RasterImage.Channels;
                        red += sum[at] * shares[index];
                        green += sum[at + 1] * shares[index];
                        blue += sum[at + 2] * shares[index];
                    }

                    var pixel = (y * width) + x;
                    target[pixel] = (blue * scale[0]) + offset[0];
                    target[pixel + (width * height)] = (green * scale[1]) + offset[1];
                    target[pixel + (2 * width * height)] = (red * scale[2]) + offset[2];
                }
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }
    }

    private static (int First, float[] Weights)[] Weights(int from, int to)
    {
        var step = (double)from / to;
        var reach = Math.Max(1, step);
        var all = new (int, float[])[to];
        for (var at = 0; at < to; at++)
        {
            var centre = ((at + 0.5) * step) - 0.5;
            var first = Math.Clamp((int)Math.Ceiling(centre - reach), 0, from - 1);
            var last = Math.Clamp((int)Math.Floor(centre + reach), first, from - 1);
            var weights = new float[last - first + 1];
            var sum = 0.0;
            for (var index = first; index <= last; index++)
            {
                var weight = Math.Max(1 - (Math.Abs(index - centre) / reach), first == last ? 1 : 0);
                weights[index - first] = (float)weight;
                sum += weight;
            }

            TensorPrimitives.Multiply(weights, (float)(1 / sum), weights);
            all[at] = (first, weights);
        }

        return all;
    }
}
