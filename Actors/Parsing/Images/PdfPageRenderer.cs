using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Images;

/// <summary>
/// Draws pages of a PDF with poppler's <c>pdftoppm</c>, which writes them one after the other to a pipe: one page is in memory here at a time, and the program waits
/// while nobody takes the next. The process is killed when it is late, when its reader stops early, and on cancellation. Safe for concurrent use.
/// </summary>
/// <param name="pageTimeout">Longest time that one page may take to be drawn; the time its taker needs is not counted.</param>
/// <param name="timeProvider">The clock of the time limit.</param>
internal sealed class PdfPageRenderer(TimeSpan pageTimeout, TimeProvider timeProvider)
{
    /// <summary>Exit code of a process that was ended by SIGKILL.</summary>
    private const int Killed = 128 + 9;

    /// <summary>Draws one page.</summary>
    /// <param name="path">Full path of the PDF.</param>
    /// <param name="page">Number of the page, from 1.</param>
    /// <param name="scale">How large.</param>
    /// <param name="cancellationToken">Cancels drawing.</param>
    /// <returns>The page as its reader sees it (crop box, rotated as the page says), transparency over white.</returns>
    /// <exception cref="DocumentRejectedException">Poppler is missing, cannot draw the page, or takes too long; its kind tells which.</exception>
    public async Task<RasterImage> RenderAsync(string path, int page, PageScale scale, CancellationToken cancellationToken)
    {
        await foreach (var image in RenderAsync(path, page, page, scale, cancellationToken).ConfigureAwait(false))
        {
            return image;
        }

        throw new UnreachableException("A run of pages ends without its last page only by an exception.");
    }

    /// <summary>Draws a run of pages with one process.</summary>
    /// <param name="path">Full path of the PDF.</param>
    /// <param name="first">Number of the first page, from 1.</param>
    /// <param name="last">Number of the last page.</param>
    /// <param name="scale">How large.</param>
    /// <param name="cancellationToken">Cancels drawing.</param>
    /// <returns>The pages in order, each drawn when it is asked for.</returns>
    /// <exception cref="DocumentRejectedException">Poppler is missing, cannot draw a page, or takes too long; its kind tells which.</exception>
    public async IAsyncEnumerable<RasterImage> RenderAsync(string path, int first, int last, PageScale scale, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(first, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(last, first);
        if (scale.LongestSide is < 16 or > PageScale.MaxSide)
        {
            throw new ArgumentOutOfRangeException(nameof(scale), scale, $"16 to {PageScale.MaxSide} pixels.");
        }

        cancellationToken.ThrowIfCancellationRequested();
        using var process = Poppler.Start(["-cropbox", "-f", Text(first), "-l", Text(last), "-scale-to", Text(scale.LongestSide), Path.GetFullPath(path)]);
        var messages = MessageTail.ReadAsync(process.StandardError.BaseStream);
        try
        {
            for (var page = first; page <= last; page++)
            {
                yield return await NextAsync(process, messages, page, scale, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            // A run that ended by itself has nothing left to kill.
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            await messages.ConfigureAwait(false);
        }
    }

    private async Task<RasterImage> NextAsync(Process process, Task<string> messages, int page, PageScale scale, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(pageTimeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            if (await PortablePixmap.ReadAsync(process.StandardOutput.BaseStream, scale.LongestSide, either.Token).ConfigureAwait(false) is { } image)
            {
                return image;
            }

            var said = await messages.WaitAsync(either.Token).ConfigureAwait(false);
            await process.WaitForExitAsync(either.Token).ConfigureAwait(false);
            throw process.ExitCode == Killed || said.Contains("memory", StringComparison.OrdinalIgnoreCase) ? NoMemory(page, said) : NotDrawn(page, said, null);
        }
        catch (OperationCanceledException exception) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new DocumentRejectedException(
                Rejection.Dead(Reasons.TimedOut, $"pdftoppm took longer than {pageTimeout.TotalSeconds:N0} s to draw page {page} and was ended; raise sluice.parsing.section-timeout to wait longer"),
                exception);
        }
        catch (InvalidDataException exception)
        {
            throw NotDrawn(page, exception.Message, exception);
        }
    }

    private static DocumentRejectedException NotDrawn(int page, string said, Exception? inner) => new(
        Rejection.Dead(Reasons.Corrupt, $"pdftoppm cannot draw page {page}{(said.Length == 0 ? "" : $" ({said})")}; fetch or print the PDF again"), inner);

    /// <summary>It says so itself, or the kernel ended it, which it does where the machine has no memory left: nothing is known of the page.</summary>
    private static DocumentRejectedException NoMemory(int page, string said) => new(
        Rejection.Dead(Reasons.OutOfMemory, $"pdftoppm had no memory to draw page {page}{(said.Length == 0 ? "" : $" ({said})")}; free some, or lower sluice.parsing.max-image-pixels, then run again"));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
