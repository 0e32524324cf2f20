using System.Globalization;
using SkiaSharp;
using Sluice.Actors.Parsing;
using Sluice.Actors.Parsing.Images;
using Sluice.Actors.Parsing.Visual;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.TestKit.Documents;
using Sluice.TestKit.Files;

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

    [Fact]
    public async Task Parse_PdfThatClaimsMorePagesThanItHas_KeepsThoseItHas()
    {
        var pdf = System.Text.Encoding.Latin1.GetString(SampleDocuments.ColouredPdf([("red", "one"), (null, "two"), ("blue", "three")]));
        foreach (var claimed in new[] { "5", "9" })
        {
            var sections = await ReadAsync("claims.pdf", System.Text.Encoding.Latin1.GetBytes(pdf.Replace("/Count 3", $"/Count {claimed}", StringComparison.Ordinal)));
            List<Section> pages = [.. sections.Where(static section => section.Kind == SectionKind.Image)];
            pages.Select(static page => (page.Place.Page, page.Text)).ShouldBe([(1, "one"), (2, "two"), (3, "three")]);
            Near(pages[0].Image!, 30, 30, 255, 0, 0);
            Near(pages[2].Image!, 30, 30, 0, 0, 255);
        }
    }

    [Fact]
    public async Task Draw_PagesThatCannotBe_AreLeftOutUntilTheyAreTooMany()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Combine("three.pdf");
        await File.WriteAllBytesAsync(path, SampleDocuments.ColouredPdf([(null, "one"), (null, "two"), (null, "three")]));
        await using var drawing = new PageDrawing(new PdfPageRenderer(TimeSpan.FromMinutes(5), TimeProvider.System), path, 1_000_000, new PageScale(64), CancellationToken.None);
        for (var number = 1; number <= 3; number++)
        {
            (await drawing.ReadAsync(number)).ShouldNotBeNull().Height.ShouldBe(64);
        }

        for (var number = 4; number < 23; number++)
        {
            (await drawing.ReadAsync(number)).ShouldBeNull();
        }

        var rejected = await Should.ThrowAsync<DocumentRejectedException>(async () => await drawing.ReadAsync(23));
        rejected.Rejection.Reason.ShouldBe(Reasons.Corrupt);
        rejected.Rejection.Message.ShouldContain("page 23");
        drawing.Nothing().Rejection.Message.ShouldContain("page 4");
    }

    [Theory]
    [InlineData("[0 0 0 0]")]
    [InlineData("[0 0 1e9 1e9]")]
    [InlineData("[0 0 10000 0.01]")]
    [InlineData("[595 842 0 0]")]
    [InlineData("(none)")]
    public async Task Parse_PageOfAnImpossibleSize_DoesNotLoseTheOthers(string box)
    {
        var sections = await ReadAsync("boxes.pdf", WithBox(box));
        List<Section> pages = [.. sections.Where(static section => section.Kind == SectionKind.Image)];
        pages.Select(static page => page.Place.Page).ShouldBe([1, 2, 3]);
        Near(pages[0].Image!, 30, 30, 255, 0, 0);
        Near(pages[2].Image!, 30, 30, 0, 0, 255);
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

    /// <summary>Three pages, red, green and blue, the middle one of a given size, as a hand writes a PDF.</summary>
    private static byte[] WithBox(string box)
    {
        var text = new System.Text.StringBuilder("%PDF-1.4\n");
        var offsets = new List<int>();
        string Page(string size, int content) => $"<</Type/Page/Parent 2 0 R/MediaBox {size}/Contents {content} 0 R>>";
        string Fill(string colour) => $"<</Length {colour.Length + 25}>>\nstream\n{colour} rg 0 0 1000 1000 re f \nendstream";
        foreach (var body in new[]
        {
            "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R 4 0 R 5 0 R]/Count 3>>",
            Page("[0 0 595 842]", 6), Page(box, 7), Page("[0 0 595 842]", 8), Fill("1 0 0"), Fill("0 1 0"), Fill("0 0 1"),
        })
        {
            offsets.Add(text.Length);
            text.Append(CultureInfo.InvariantCulture, $"{offsets.Count} 0 obj\n{body}\nendobj\n");
        }

        var table = text.Length;
        text.Append("xref\n0 9\n0000000000 65535 f \n");
        offsets.ForEach(offset => text.Append(CultureInfo.InvariantCulture, $"{offset:0000000000} 00000 n \n"));
        text.Append(CultureInfo.InvariantCulture, $"trailer\n<</Size 9/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n");
        return System.Text.Encoding.Latin1.GetBytes(text.ToString());
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
