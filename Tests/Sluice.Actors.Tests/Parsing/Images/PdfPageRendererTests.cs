using Microsoft.Extensions.Time.Testing;
using Sluice.Actors.Parsing;
using Sluice.Actors.Parsing.Images;
using Sluice.Streams.Failures;
using Sluice.TestKit.Documents;
using Sluice.TestKit.Files;
using static Sluice.TestKit.Documents.SampleDocuments;

namespace Sluice.Actors.Tests.Parsing.Images;

public sealed class PdfPageRendererTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task RenderAsync_Page_IsDrawnAtItsScale()
    {
        var path = Write(SampleDocuments.Pdf(null, PdfLines(72, 700, "first"), []));
        var renderer = new PdfPageRenderer(TimeSpan.FromMinutes(1), TimeProvider.System);

        var written = await renderer.RenderAsync(path, 1, PageScale.AtDpi(72, 595, 842), CancellationToken.None);
        var blank = await renderer.RenderAsync(path, 2, new PageScale(200), CancellationToken.None);

        Math.Max(written.Width, written.Height).ShouldBeInRange(791, 843);
        Math.Max(blank.Width, blank.Height).ShouldBe(200);
        written.Pixels.ShouldContain(static value => value < 100);
        blank.Pixels.ShouldAllBe(static value => value == 255);
    }

    [Fact]
    public async Task RenderAsync_Run_GivesEachPageInOrder()
    {
        var path = Write(SampleDocuments.Pdf(null, [.. Enumerable.Range(0, 5).Select(static page => page % 2 == 0 ? PdfLines(72, 700, "text") : [])]));
        var renderer = new PdfPageRenderer(TimeSpan.FromMinutes(1), TimeProvider.System);
        var written = new List<bool>();

        await foreach (var image in renderer.RenderAsync(path, 2, 5, new PageScale(600), CancellationToken.None))
        {
            written.Add(image.Pixels.Any(static value => value < 100));
        }

        written.ShouldBe([false, true, false, true]);
    }

    [Fact]
    public async Task RenderAsync_PageThatIsNotThere_IsCorruptAndSaysWhatPopplerSaid()
    {
        var path = Write(SampleDocuments.Pdf());
        var renderer = new PdfPageRenderer(TimeSpan.FromMinutes(1), TimeProvider.System);

        var rejection = (await Should.ThrowAsync<DocumentRejectedException>(() => renderer.RenderAsync(path, 9, new PageScale(100), CancellationToken.None))).Rejection;

        rejection.Reason.ShouldBe(Reasons.Corrupt);
        rejection.Message.ShouldStartWith("pdftoppm cannot draw page 9 (");
    }

    [Fact]
    public async Task RenderAsync_NoPdf_IsCorrupt()
    {
        var path = Write("not a PDF at all"u8.ToArray());
        var renderer = new PdfPageRenderer(TimeSpan.FromMinutes(1), TimeProvider.System);

        (await Should.ThrowAsync<DocumentRejectedException>(() => renderer.RenderAsync(path, 1, new PageScale(100), CancellationToken.None))).Rejection.Reason.ShouldBe(Reasons.Corrupt);
    }

    /// <summary>The program waits on a pipe that nobody writes to, as it would on a page that never ends; the clock is moved past the limit.</summary>
    [Fact]
    public async Task RenderAsync_ProgramThatDoesNotEnd_IsKilledAtItsTime()
    {
        var time = new FakeTimeProvider();
        var path = Pipe();
        var renderer = new PdfPageRenderer(TimeSpan.FromSeconds(30), time);

        var drawing = renderer.RenderAsync(path, 1, new PageScale(100), CancellationToken.None);
        drawing.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(31));

        var rejection = (await Should.ThrowAsync<DocumentRejectedException>(() => drawing)).Rejection;
        rejection.Reason.ShouldBe(Reasons.TimedOut);
        rejection.Message.ShouldBe("pdftoppm took longer than 30 s to draw page 1 and was ended; raise sluice.parsing.section-timeout to wait longer");
        Running(path).ShouldBeFalse();
    }

    [Fact]
    public async Task RenderAsync_Cancelled_KillsTheProgram()
    {
        var path = Pipe();
        using var cancel = new CancellationTokenSource();
        var drawing = new PdfPageRenderer(TimeSpan.FromHours(1), TimeProvider.System).RenderAsync(path, 1, new PageScale(100), cancel.Token);

        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => drawing);
        Running(path).ShouldBeFalse();
    }

    [Fact]
    public async Task OpenFileAsync_SeekableStream_IsCopiedToAFileOfItsOwnThatGoesAway()
    {
        var bytes = SampleDocuments.Pdf();
        string path;
        await using (var input = new ParseInput("file:///a.pdf", "a.pdf", MediaTypes.Pdf, new MemoryStream(bytes), new ParsingOptions()))
        {
            path = await input.OpenFileAsync(CancellationToken.None);
            (await File.ReadAllBytesAsync(path)).ShouldBe(bytes);
            (await input.OpenFileAsync(CancellationToken.None)).ShouldBe(path);
            if (!OperatingSystem.IsWindows())
            {
                File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
        }

        File.Exists(path).ShouldBeFalse();
    }

    private string Write(byte[] bytes)
    {
        var path = Path.Combine(_folder.Path, Guid.NewGuid().ToString("N") + ".pdf");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private string Pipe()
    {
        var path = Path.Combine(_folder.Path, Guid.NewGuid().ToString("N"));
        using var made = System.Diagnostics.Process.Start("mkfifo", [path]);
        made.WaitForExit();
        made.ExitCode.ShouldBe(0);
        return path;
    }

    /// <summary>Whether a process has the path among its arguments.</summary>
    private static bool Running(string path)
    {
        foreach (var process in Directory.EnumerateDirectories("/proc"))
        {
            try
            {
                if (File.ReadAllText(Path.Combine(process, "cmdline")).Contains(path, StringComparison.Ordinal))
                {
                    return true;
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // No process, or one that has just ended: not the one looked for, which would still be there.
                continue;
            }
        }

        return false;
    }
}
