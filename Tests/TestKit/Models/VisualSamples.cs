using System.Text.Json;

namespace Sluice.TestKit.Models;

/// <summary>An image to compare with another program.</summary>
/// <param name="Width">Pixels in a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Pixels">Three bytes a pixel.</param>
public sealed record VisualSample(int Width, int Height, byte[] Pixels)
{
    /// <summary>Whether it is of the model's size already.</summary>
    public bool IsExact => Width == VisualModels.Side && Height == VisualModels.Side;
}

/// <summary>Images and texts that are compared with what transformers.js makes of them.</summary>
public static class VisualSamples
{
    /// <summary>Images of the tests.</summary>
    public const int Tested = 16;

    /// <summary>Texts.</summary>
    public static IReadOnlyList<string> Texts { get; } =
    [
        "", "red", "a red car", "The RED  car, of the picture!", "a page\twith 42 words", "it's the car's colour", string.Join(' ', Enumerable.Repeat("blue picture", 60)), "naïve café", "unknownword yellowish",
    ];

    /// <summary>Every second image is of the model's size, noise; the others are soft and have to be scaled and cut.</summary>
    /// <param name="count">How many.</param>
    public static IReadOnlyList<VisualSample> Make(int count)
    {
        var samples = new List<VisualSample>(count);
        for (var number = 0; number < count; number++)
        {
            var random = new Random(number);
            if (number % 2 == 0)
            {
                var noise = new byte[VisualModels.Side * VisualModels.Side * 3];
                random.NextBytes(noise);
                samples.Add(new(VisualModels.Side, VisualModels.Side, noise));
                continue;
            }

            var (width, height) = (VisualModels.Side + random.Next(1, 200), VisualModels.Side + random.Next(1, 200));
            var pixels = new byte[width * height * 3];
            var (across, down) = (1 + random.NextDouble(), 1 + random.NextDouble());
            for (var at = 0; at < pixels.Length; at++)
            {
                var (x, y) = (at / 3 % width / (double)width, at / 3 / width / (double)height);
                pixels[at] = (byte)(127.5 + (127 * Math.Sin((5 * across * x) + (4 * down * y) + (2 * (at % 3)))));
            }

            samples.Add(new(width, height, pixels));
        }

        return samples;
    }

    /// <summary>A vector brought to unit length.</summary>
    public static JsonElement ToUnitLength(JsonElement vector)
    {
        var values = vector.EnumerateArray().Select(static value => value.GetDouble()).ToArray();
        var length = Math.Sqrt(values.Sum(static value => value * value));
        return JsonSerializer.SerializeToElement(Array.ConvertAll(values, value => value / length));
    }
}
