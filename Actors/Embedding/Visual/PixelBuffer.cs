using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Sluice.Actors.Embedding.Onnx;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Embedding.Visual;

/// <summary>
/// The pixels of a batch as the network takes them: image by image, plane by plane, normalized. The buffer is used again for the next. Not safe for concurrent use.
/// </summary>
/// <param name="plan">How images are embedded.</param>
/// <param name="memory">Where they lie.</param>
internal sealed class PixelBuffer(VisualPlan plan, HostMemory memory) : IDisposable
{
    private readonly InputBuffer<float> _singles = new(plan.PixelType == OnnxGraphBuilder.Float ? memory : HostMemory.Ordinary, TensorElementType.Float);
    private readonly InputBuffer<Float16> _halves = new(memory, TensorElementType.Float16);

    /// <summary>Fills in images.</summary>
    /// <exception cref="ArgumentException">One is not of the size that the network takes.</exception>
    public OrtValue Fill(IReadOnlyList<PreparedImage> images)
    {
        var recipe = plan.Images.Recipe;
        var area = recipe.Width * recipe.Height;
        var values = _singles.Take(images.Count * area * 3);
        for (var number = 0; number < images.Count; number++)
        {
            var image = images[number];
            if (image.Width != recipe.Width || image.Height != recipe.Height)
            {
                throw new ArgumentException($"Image {number} is {image.Width} x {image.Height}; the network takes {recipe.Width} x {recipe.Height}. Was it made ready for another model?", nameof(images));
            }

            Normalize(image.Pixels.Span, values.Slice(number * area * 3, area * 3), area);
        }

        return ToTensor(images.Count, values);
    }

    /// <summary>Zeros in the place of images, for a network that wants some beside texts.</summary>
    public OrtValue Blank(int count)
    {
        var values = _singles.Take(count * plan.Images.Recipe.Width * plan.Images.Recipe.Height * 3);
        values.Clear();
        return ToTensor(count, values);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _singles.Dispose();
        _halves.Dispose();
    }

    private void Normalize(ReadOnlySpan<byte> pixels, Span<float> values, int area)
    {
        var (reds, greens, blues) = (plan.Images.Levels[0], plan.Images.Levels[1], plan.Images.Levels[2]);
        var red = values[..area];
        var green = values.Slice(area, area);
        var blue = values.Slice(area + area, area);
        for (int at = 0, from = 0; at < red.Length; at++, from += 3)
        {
            red[at] = reds[pixels[from]];
            green[at] = greens[pixels[from + 1]];
            blue[at] = blues[pixels[from + 2]];
        }
    }

    private OrtValue ToTensor(int count, ReadOnlySpan<float> values)
    {
        long[] shape = [count, 3, plan.Images.Recipe.Height, plan.Images.Recipe.Width];
        if (plan.PixelType == OnnxGraphBuilder.Float)
        {
            return _singles.ToTensor(shape);
        }

        TensorPrimitives.ConvertToHalf(values, MemoryMarshal.Cast<Float16, Half>(_halves.Take(values.Length)));
        return _halves.ToTensor(shape);
    }
}
