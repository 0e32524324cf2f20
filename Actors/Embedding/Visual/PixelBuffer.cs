using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Sluice.Actors.Embedding.Onnx;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Embedding.Visual;

/// <summary>
/// The pixels of a batch as the network takes them: image by image, plane by plane, normalized. The buffer is pinned once, grows to the largest batch and is used again.
/// Not safe for concurrent use.
/// </summary>
/// <param name="plan">How images are embedded.</param>
internal sealed class PixelBuffer(VisualPlan plan)
{
    private float[] _singles = [];
    private Float16[] _halves = [];

    /// <summary>Fills in images.</summary>
    /// <exception cref="ArgumentException">One is not of the size that the network takes.</exception>
    public OrtValue Fill(IReadOnlyList<PreparedImage> images)
    {
        var recipe = plan.Images.Recipe;
        var area = recipe.Width * recipe.Height;
        var values = Reserve(images.Count * area * 3);
        for (var number = 0; number < images.Count; number++)
        {
            var image = images[number];
            if (image.Width != recipe.Width || image.Height != recipe.Height)
            {
                throw new ArgumentException($"Image {number} is {image.Width} x {image.Height}; the network takes {recipe.Width} x {recipe.Height}. Was it made ready for another model?", nameof(images));
            }

            Normalize(image.Pixels.Span, values.AsSpan(number * area * 3, area * 3), area);
        }

        return Wrap(images.Count, area);
    }

    /// <summary>Zeros in the place of images, for a network that wants some beside texts.</summary>
    public OrtValue Blank(int count)
    {
        var area = plan.Images.Recipe.Width * plan.Images.Recipe.Height;
        Reserve(count * area * 3).AsSpan(0, count * area * 3).Clear();
        return Wrap(count, area);
    }

    private float[] Reserve(int size)
    {
        if (_singles.Length < size)
        {
            _singles = GC.AllocateUninitializedArray<float>(Math.Max(size, 2 * _singles.Length), pinned: true);
        }

        return _singles;
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

    private OrtValue Wrap(int count, int area)
    {
        var size = count * area * 3;
        long[] shape = [count, 3, plan.Images.Recipe.Height, plan.Images.Recipe.Width];
        if (plan.PixelType == OnnxGraphBuilder.Float)
        {
            return OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, _singles.AsMemory(0, size), shape);
        }

        if (_halves.Length < size)
        {
            _halves = GC.AllocateUninitializedArray<Float16>(Math.Max(size, 2 * _halves.Length), pinned: true);
        }

        TensorPrimitives.ConvertToHalf(_singles.AsSpan(0, size), MemoryMarshal.Cast<Float16, Half>(_halves.AsSpan()));
        return OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, _halves.AsMemory(0, size), shape);
    }
}
