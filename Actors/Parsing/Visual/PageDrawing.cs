using Sluice.Actors.Parsing.Images;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Visual;

/// <summary>
/// Draws the pages of one PDF in order, with one process as long as it goes well and a new one behind each page that cannot be drawn. Not safe for concurrent use.
/// </summary>
/// <param name="renderer">Draws runs of pages.</param>
/// <param name="path">Full path of the PDF.</param>
/// <param name="last">Number of the last page, from 1.</param>
/// <param name="scale">How large.</param>
/// <param name="cancellationToken">Cancels drawing.</param>
internal sealed class PageDrawing(PdfPageRenderer renderer, string path, int last, PageScale scale, CancellationToken cancellationToken) : IAsyncDisposable
{
    /// <summary>Pages in a row that cannot be drawn before the rest is given up: a damaged file may claim a million pages, and each costs a process.</summary>
    private const int MaxBroken = 20;

    private IAsyncEnumerator<RasterImage>? _run;
    private DocumentRejectedException? _failure;
    private int _broken;

    /// <summary>Number of the last page.</summary>
    public int Last => last;

    /// <summary>Draws the next page.</summary>
    /// <param name="number">Its number: one more than last time.</param>
    /// <returns>The page, or null when it cannot be drawn.</returns>
    /// <exception cref="DocumentRejectedException">Poppler is missing, a page takes too long, or too many pages in a row cannot be drawn.</exception>
    public async ValueTask<RasterImage?> ReadAsync(int number)
    {
        _run ??= renderer.RenderAsync(path, number, last, scale, cancellationToken).GetAsyncEnumerator(cancellationToken);
        try
        {
            await _run.MoveNextAsync().ConfigureAwait(false);
            _broken = 0;
            return _run.Current;
        }
        catch (DocumentRejectedException exception) when (exception.Rejection.Reason == Reasons.Corrupt && ++_broken < MaxBroken)
        {
            _failure ??= exception;
            await DisposeAsync().ConfigureAwait(false);
            return null;
        }
    }

    /// <summary>Why there is nothing of a PDF of which no page was drawn.</summary>
    public DocumentRejectedException Nothing() => _failure ?? throw new InvalidOperationException("Pages were drawn, or none was asked for.");

    /// <summary>Ends the process. May be called again.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_run is { } run)
        {
            _run = null;
            await run.DisposeAsync().ConfigureAwait(false);
        }
    }
}
