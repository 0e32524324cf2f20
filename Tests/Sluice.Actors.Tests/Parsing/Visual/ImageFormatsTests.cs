using SkiaSharp;
using Sluice.Actors.Parsing;
using Sluice.Actors.Parsing.Visual;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.TestKit.Documents;

namespace Sluice.Actors.Tests.Parsing.Visual;

/// <summary>Documents as a model that embeds images gets them: real pictures, real pages drawn by poppler.</summary>
public sealed class ImageFormatsTests
{
    private static readonly ImageRecipe s_recipe = new(64, 48, 12);

    [Theory]
    [InlineData(SKEncodedImageFormat.Png)]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public async Task Parse_Picture_IsOneSectionOfTheSizeThatTheModelTakes(SKEncodedImageFormat format)
    {
        var sections = await ReadAsync("holiday.bin", SampleImages.Quarters(format));
        sections.Select(static section => section.Kind).ShouldBe([SectionKind.Title, SectionKind.Image]);
        sections[0].Text.ShouldBe("holiday.bin");
        sections[0].Metadata!["width"].ShouldBe("32");
        sections[0].Metadata!["height"].ShouldBe("16");
        var section = sections[1];
        section.Text.ShouldBeEmpty();
        var image = section.Image.ShouldNotBeNull();
        (image.Width, image.Height, image.Positions).ShouldBe((64, 48, 12));
        Near(image, 10, 8, 255, 0, 0);
        Near(image, 54, 8, 0, 255, 0);
        Near(image, 10, 40, 0, 0, 255);
        Near(image, 54, 40, 255, 255, 255);
    }

    [Fact]
    public async Task Parse_PictureTurnedByTheCamera_IsUpright()
    {
        var section = (await ReadAsync("turned.jpg", SampleImages.WithOrientation(SampleImages.Quarters(SKEncodedImageFormat.Jpeg), 3)))[1];
        Near(section.Image!, 54, 40, 255, 0, 0);
        Near(section.Image!, 10, 8, 255, 255, 255);
    }

    [Theory]
    [InlineData(SKColorType.Gray8, 100)]
    [InlineData(SKColorType.Alpha8, 255)]
    [InlineData(SKColorType.Rgba8888, 255)]
    public async Task Parse_GreyOrTransparentPicture_BecomesColoursOverWhite(SKColorType type, byte expected)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(9, 7, type, type == SKColorType.Gray8 ? SKAlphaType.Opaque : SKAlphaType.Premul));
        bitmap.Erase(type == SKColorType.Gray8 ? new SKColor(100, 100, 100) : SKColors.Transparent);
        var section = (await ReadAsync("odd.png", SampleImages.Encode(bitmap, SKEncodedImageFormat.Png)))[1];
        Near(section.Image!, 30, 20, expected, expected, expected);
    }

    [Fact]
    public async Task Parse_Gif_AndOnePixel_FillTheImage()
    {
        var section = (await ReadAsync("dot.gif", SampleImages.RedGif))[1];
        Near(section.Image!, 0, 0, 255, 0, 0);
        Near(section.Image!, 63, 47, 255, 0, 0);
    }

    [Fact]
    public async Task Parse_Pdf_IsASectionAPageWithItsTextAndNumber()
    {
        var pdf = SampleDocuments.Pdf(
            "Weirs",
            [new(72, 760, "About weirs", 18)],
            [],
            [.. Enumerable.Range(0, 60).SelectMany(static row => SampleDocuments.PdfLines(40, 800 - (12 * row), new string('m', 70)))]);
        var sections = await ReadAsync("weirs.pdf", pdf);
        sections[0].Kind.ShouldBe(SectionKind.Title);
        sections[0].Text.ShouldBe("Weirs");
        sections[0].Metadata!["pages"].ShouldBe("3");
        sections.Skip(1).Select(static section => (section.Kind, section.Place.Page)).ShouldBe([(SectionKind.Image, 1), (SectionKind.Image, 2), (SectionKind.Image, 3)]);
        sections[1].Text.ShouldBe("About weirs");
        sections[2].Text.ShouldBeEmpty();
        sections[3].Text.ShouldStartWith("mmmm");
        sections[2].Image!.Pixels.ToArray().ShouldAllBe(static value => value == 255);
        double Ink(int page) => sections[page].Image!.Pixels.ToArray().Average(static value => 255 - value);
        Ink(1).ShouldBeInRange(0.05, 10);
        Ink(3).ShouldBeGreaterThan(10 * Ink(1));
    }

    [Theory]
    [InlineData("notes.md", "# Notes\n\nsome text", "text/markdown has no pages to look at, and this model embeds images")]
    [InlineData("data.json", "{\"a\": 1}", "application/json has no pages to look at")]
    public async Task Parse_Text_IsSkippedWithAReasonThatSaysWhatToDo(string name, string text, string words)
    {
        var rejected = await Should.ThrowAsync<DocumentRejectedException>(() => ReadAsync(name, System.Text.Encoding.UTF8.GetBytes(text)));
        rejected.Rejection.Verdict.ShouldBe(Verdict.Skipped);
        rejected.Rejection.Reason.ShouldBe(Reasons.UnsupportedType);
        rejected.Rejection.Message.ShouldContain(words);
        rejected.Rejection.Message.ShouldContain("Ingest texts with a text model");
    }

    [Theory]
    [InlineData("cut.png", 60, Reasons.Corrupt)]
    [InlineData("cut.pdf", 300, Reasons.Corrupt)]
    public async Task Parse_CutShort_IsADeadLetter(string name, int length, string reason)
    {
        var whole = name.EndsWith("pdf", StringComparison.Ordinal) ? SampleDocuments.Pdf() : SampleImages.Quarters(SKEncodedImageFormat.Png);
        var rejected = await Should.ThrowAsync<DocumentRejectedException>(() => ReadAsync(name, whole[..length]));
        rejected.Rejection.Verdict.ShouldBe(Verdict.Dead);
        rejected.Rejection.Reason.ShouldBe(reason);
    }

    [Fact]
    public void Fingerprint_OfTheRecipe_DecidesWhetherDocumentsAreReadAgain()
    {
        string Of(ImageRecipe recipe) => DocumentParsers.ForImages(new ParsingOptions(), TimeProvider.System, recipe).Fingerprint;
        Of(s_recipe).ShouldBe(Of(new ImageRecipe(64, 48, 12)));
        Of(s_recipe with { Filter = ImageFilter.Lanczos }).ShouldNotBe(Of(s_recipe));
        Of(s_recipe with { Width = 65 }).ShouldNotBe(Of(s_recipe));
        Of(s_recipe).ShouldNotBe(new DocumentParsers(new ParsingOptions(), TimeProvider.System).Fingerprint);
    }

    [Fact]
    public async Task Parse_PictureWithATextModel_IsSkippedAsBefore()
    {
        var content = new DocumentContent("file:///x.png", new MemoryStream(SampleImages.Quarters(SKEncodedImageFormat.Png)));
        await using (content)
        {
            var rejected = await Should.ThrowAsync<DocumentRejectedException>(async () =>
            {
                await foreach (var _ in new DocumentParsers(new ParsingOptions(), TimeProvider.System).ParseAsync(content, CancellationToken.None))
                {
                    throw new InvalidOperationException("a section");
                }
            });
            rejected.Rejection.Verdict.ShouldBe(Verdict.Skipped);
        }
    }

    private static void Near(PreparedImage image, int x, int y, int red, int green, int blue)
    {
        var pixel = image.Pixels.Span.Slice(((y * image.Width) + x) * 3, 3);
        (Math.Abs(pixel[0] - red) + Math.Abs(pixel[1] - green) + Math.Abs(pixel[2] - blue)).ShouldBeLessThan(60, $"{pixel[0]} {pixel[1]} {pixel[2]} at {x}, {y}");
    }

    private static async Task<List<Section>> ReadAsync(string name, byte[] bytes)
    {
        var content = new DocumentContent($"file:///{name}", new MemoryStream(bytes));
        await using (content)
        {
            var sections = new List<Section>();
            await foreach (var section in DocumentParsers.ForImages(new ParsingOptions(), TimeProvider.System, s_recipe).ParseAsync(content, CancellationToken.None))
            {
                sections.Add(section);
            }

            return sections;
        }
    }
}
