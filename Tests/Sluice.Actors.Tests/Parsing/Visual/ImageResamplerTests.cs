using System.IO.Compression;
using System.Text.Json;
using Sluice.Actors.Parsing.Visual;

namespace Sluice.Actors.Tests.Parsing.Visual;

/// <summary>Against what Pillow makes of the same images; <c>Tests/Models/resize.py</c> wrote it.</summary>
public sealed class ImageResamplerTests
{
    [Fact]
    public void Resample_EveryFilterAndShape_EqualsPillowToTheBit()
    {
        using var stream = new GZipStream(File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Parsing", "Data", "resize.json.gz")), CompressionMode.Decompress);
        using var json = JsonDocument.Parse(stream);
        var cases = json.RootElement.GetProperty("cases");
        cases.GetArrayLength().ShouldBe(45);
        foreach (var one in cases.EnumerateArray())
        {
            int Number(string name) => one.GetProperty(name).GetInt32();
            var (width, height, toWidth, toHeight) = (Number("width"), Number("height"), Number("toWidth"), Number("toHeight"));
            var result = new byte[toWidth * toHeight * 3];
            ImageResampler.Resample(Image(width, height), (width, height), (toWidth, toHeight), (ImageFilter)Number("filter"), (0, 0), result, (toWidth, toHeight));
            result.ShouldBe(one.GetProperty("pixels").GetBytesFromBase64(), $"{width} x {height} to {toWidth} x {toHeight} with {(ImageFilter)Number("filter")}");
        }
    }

    [Theory]
    [InlineData(40, 30, 11, 8, 5, 3, 7, 9)]
    [InlineData(40, 30, 80, 90, 31, 40, 20, 20)]
    public void Resample_Window_IsCutOutOfTheWhole(int width, int height, int toWidth, int toHeight, int left, int top, int windowWidth, int windowHeight)
    {
        var whole = new byte[toWidth * toHeight * 3];
        ImageResampler.Resample(Image(width, height), (width, height), (toWidth, toHeight), ImageFilter.Bicubic, (0, 0), whole, (toWidth, toHeight));
        var window = new byte[windowWidth * windowHeight * 3];
        ImageResampler.Resample(Image(width, height), (width, height), (toWidth, toHeight), ImageFilter.Bicubic, (left, top), window, (windowWidth, windowHeight));
        for (var y = 0; y < windowHeight; y++)
        {
            for (var x = 0; x < windowWidth; x++)
            {
                var inside = left + x < toWidth && top + y < toHeight;
                var expected = inside ? whole.AsSpan((((top + y) * toWidth) + left + x) * 3, 3).ToArray() : [0, 0, 0];
                window.AsSpan(((y * windowWidth) + x) * 3, 3).ToArray().ShouldBe(expected, $"{x}, {y}");
            }
        }
    }

    [Fact]
    public void Prepare_ShortestEdge_CutsTheMiddleOutOfTheScaledImage()
    {
        var recipe = new ImageRecipe(8, 8, 1) { ShortestEdge = 8 };
        var scaled = new byte[20 * 8 * 3];
        ImageResampler.Resample(Image(40, 16), (40, 16), (20, 8), ImageFilter.Bicubic, (0, 0), scaled, (20, 8));
        var prepared = recipe.Prepare(Image(40, 16), 40, 16);
        for (var y = 0; y < 8; y++)
        {
            prepared.Pixels.Slice(y * 8 * 3, 8 * 3).ToArray().ShouldBe(scaled.AsSpan(((y * 20) + 6) * 3, 8 * 3).ToArray(), $"row {y}");
        }
    }

    [Fact]
    public void Prepare_CropLargerThanImage_IsBlackAround()
    {
        var prepared = new ImageRecipe(6, 6, 1) { ScaledWidth = 3, ScaledHeight = 3 }.Prepare(Enumerable.Repeat((byte)255, 27).ToArray(), 3, 3);
        var white = Enumerable.Range(0, 36).Where(at => prepared.Pixels.Span[at * 3] == 255).ToArray();
        white.ShouldBe([.. from y in Enumerable.Range(2, 3) from x in Enumerable.Range(2, 3) select (y * 6) + x]);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(10_000, 1)]
    [InlineData(1, 10_000)]
    [InlineData(3, 2)]
    public void Prepare_OddShapes_KeepTheirColour(int width, int height)
    {
        ImageRecipe[] recipes = [new(16, 16, 1) { ShortestEdge = 16 }, new(16, 16, 1), new(16, 12, 1) { ScaledWidth = 20, ScaledHeight = 14, Filter = ImageFilter.Lanczos }];
        foreach (var recipe in recipes)
        {
            var pixels = new byte[width * height * 3];
            Array.Fill(pixels, (byte)77);
            recipe.Prepare(pixels, width, height).Pixels.ToArray().ShouldAllBe(static value => value == 77);
        }
    }

    [Fact]
    public void Prepare_SizeThatNeedsNothing_KeepsEveryPixel()
    {
        var image = Image(20, 10);
        new ImageRecipe(20, 10, 1).Prepare(image, 20, 10).Pixels.ToArray().ShouldBe(image);
        var other = Image(20, 10);
        other[77] ^= 1;
        new ImageRecipe(20, 10, 1).Prepare(other, 20, 10).Hash.ShouldNotBe(new ImageRecipe(20, 10, 1).Prepare(image, 20, 10).Hash);
    }

    private static byte[] Image(int width, int height)
    {
        var pixels = new byte[width * height * 3];
        for (var at = 0; at < pixels.Length; at++)
        {
            var (x, y, c) = (at / 3 % width, at / 3 / width, at % 3);
            pixels[at] = (byte)(((x / 5) + (y / 7)) % 2 == 0 ? ((x * x * (3 + c)) + (y * y * (5 + (2 * c))) + (x * y * (7 + c)) + (11 * x) + (13 * y) + (41 * c)) % 256 : 255 * c / 2);
        }

        return pixels;
    }
}
