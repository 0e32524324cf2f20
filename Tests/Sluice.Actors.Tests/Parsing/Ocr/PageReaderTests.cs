using SkiaSharp;
using Sluice.Actors.Parsing.Images;
using Sluice.Actors.Parsing.Ocr;
using Sluice.Actors.Parsing.Ocr.Layout;
using Sluice.Actors.Parsing.Pdf;
using Sluice.TestKit.Documents;

namespace Sluice.Actors.Tests.Parsing.Ocr;

/// <summary>The real networks on pages drawn here from real fonts.</summary>
public sealed class PageReaderTests(PageReaderTests.Networks networks) : IClassFixture<PageReaderTests.Networks>
{
    private static readonly string[] _text =
    [
        "A weir is a low dam across a river that raises the level of the water upstream, so that boats can pass, mills can turn and fields can be watered.",
        "In 1856 the keeper of Teddington counted 1,204 barges in one week; each paid 3 shillings and waited, as the books say, \"no longer than needful\".",
        "Gates were drawn by hand. Later, winches with iron chains (and a brake) let one man do what four had done before.",
    ];

    [Theory]
    [InlineData("DejaVuSans.ttf", 11, 0, 0, 0)]
    [InlineData("DejaVuSans.ttf", 8, 0, 0, 0)]
    [InlineData("DejaVuSerif.ttf", 14, 0, 0, 0)]
    [InlineData("DejaVuSerif.ttf", 11, 2, 0, 0)]
    [InlineData("DejaVuSans.ttf", 11, -3, 20, 0)]
    [InlineData("DejaVuSerif.ttf", 11, 0, 0, 1)]
    [InlineData("DejaVuSans.ttf", 10, 180, 0, 0)]
    [InlineData("DejaVuSansMono.ttf", 10, 0, 0, 0)]
    public void Read_DrawnPage_HasFewerThanThreeErrorsInAHundredCharacters(string font, double size, double turn, double noise, double blur)
    {
        var page = new WrittenPage { Font = font, Size = size, Turn = turn, Noise = noise, Blur = blur, Width = 420, Height = 300, Margin = 40 };

        var (found, expected) = Read(page, QuarterTurns: 0);

        ((double)EditDistance.Between(expected, found, int.MaxValue) / expected.Length).ShouldBeLessThan(0.03, found);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Read_PageOnItsSide_IsTurned(int turns)
    {
        var (found, expected) = Read(new WrittenPage { Width = 420, Height = 300, Margin = 40 }, turns);

        ((double)EditDistance.Between(expected, found, int.MaxValue) / expected.Length).ShouldBeLessThan(0.03, found);
    }

    [Fact]
    public void Read_TwoColumns_ReadsTheLeftOneFirst()
    {
        var (picture, expected) = new WrittenPage { Size = 9, Columns = 2, Width = 420, Height = 320, Margin = 30 }.Draw([.. _text, .. _text]);
        expected.Length.ShouldBeGreaterThan(600);
        using (picture)
        {
            var found = Text(networks.Reader.Read(Decode(picture), CancellationToken.None));

            ((double)EditDistance.Between(expected.Replace('\n', ' '), found, int.MaxValue) / expected.Length).ShouldBeLessThan(0.03, found);
        }
    }

    [Fact]
    public void Read_BlankPage_HasNoLines()
    {
        var page = networks.Reader.Read(new RasterImage(400, 300, [.. Enumerable.Repeat((byte)255, 400 * 300 * 3)]), CancellationToken.None);

        page.Lines.ShouldBeEmpty();
        RecognizedLayout.Make(page, 1, 1, 0.5).Lines.ShouldBeEmpty();
    }

    [Fact]
    public void Read_TinyPicture_IsReadWithoutFailure() =>
        networks.Reader.Read(new RasterImage(1, 1), CancellationToken.None).Lines.Count.ShouldBeLessThanOrEqualTo(1);

    [Fact]
    public void Read_Cancelled_Ends() =>
        Should.Throw<OperationCanceledException>(() => networks.Reader.Read(new RasterImage(64, 64), new CancellationToken(canceled: true)));

    [Fact]
    public void Read_LinesBelowTheConfidence_AreLeftOut()
    {
        var (picture, _) = new WrittenPage { Width = 420, Height = 200, Margin = 40 }.Draw("A clear line of text.");
        using (picture)
        {
            var page = networks.Reader.Read(Decode(picture), CancellationToken.None);

            RecognizedLayout.Make(page, 1, 1, 0.5).Lines.ShouldHaveSingleItem();
            RecognizedLayout.Make(page, 1, 1, 1.0).Lines.ShouldBeEmpty();
        }
    }

    private (string Found, string Expected) Read(WrittenPage written, int QuarterTurns)
    {
        var (picture, expected) = written.Draw(_text);
        using (picture)
        {
            expected.Length.ShouldBeGreaterThan(250);
            var image = Decode(picture);
            for (var turn = 0; turn < QuarterTurns; turn++)
            {
                image = QuarterTurn.Clockwise(image);
            }

            return (Text(networks.Reader.Read(image, CancellationToken.None)), expected.Replace('\n', ' '));
        }
    }

    private static RasterImage Decode(SKBitmap picture) => ImageDecoder.Decode(SampleImages.Encode(picture, SKEncodedImageFormat.Jpeg), 100_000_000);

    private static string Text(RecognizedPage page) =>
        string.Join(' ', PdfParagraph.Group(RecognizedLayout.Make(page, 1, 72.0 / 200, 0.5).Lines).Select(static paragraph => paragraph.Text()));

    public sealed class Networks : IDisposable
    {
        internal PageReader Reader { get; } = new(OcrModels.Locate(""), new OcrOptions());

        public void Dispose() => Reader.Dispose();
    }
}
