using Sluice.Actors.Parsing.Ocr;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Pdf;

/// <summary>The pages of one PDF that are recognised instead of read. Not safe for concurrent use.</summary>
/// <param name="recognition">Recognises them.</param>
/// <param name="input">The PDF.</param>
/// <param name="pages">Its pages; told of those that cannot be drawn.</param>
/// <param name="gaps">Told of those that cannot be recognised here.</param>
internal sealed class PdfScans(PageRecognition recognition, ParseInput input, PdfPages pages, PageGaps gaps)
{
    private bool _looked;

    /// <summary>What is missing for recognising pages, and what to do; null when nothing is, or no page needed it.</summary>
    public string? Problem { get; private set; }

    /// <summary>Pages that were recognised.</summary>
    public int Recognized { get; private set; }

    /// <summary>Recognises a page where that is wanted.</summary>
    /// <param name="page">The page as the PDF describes it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The page to go on with, or null when it cannot be drawn.</returns>
    /// <exception cref="DocumentRejectedException">It took too long.</exception>
    public async ValueTask<PdfPageLayout?> ReadAsync(PdfPageLayout page, CancellationToken cancellationToken)
    {
        if (!page.IsPicture && !recognition.IsAlways)
        {
            return page;
        }

        if (!_looked)
        {
            (_looked, Problem) = (true, recognition.PageProblem);
        }

        if (Problem is not null)
        {
            gaps.AddUnrecognized(page.Number);
            return page;
        }

        try
        {
            Recognized++;
            return await recognition.ReadPageAsync(input, page, cancellationToken).ConfigureAwait(false);
        }
        catch (DocumentRejectedException exception) when (exception.Rejection.Reason == Reasons.Corrupt)
        {
            // One page that poppler cannot draw does not lose the others, as one that PdfPig cannot read does not.
            pages.Break(page.Number, exception);
            return null;
        }
    }
}
