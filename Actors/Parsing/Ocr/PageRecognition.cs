using System.Globalization;
using Sluice.Actors.Parsing.Images;
using Sluice.Actors.Parsing.Ocr.Layout;
using Sluice.Actors.Parsing.Pdf;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Ocr;

/// <summary>What parsers need to have pages recognised: when that is wanted, whether it can be done here, and doing it. Safe for concurrent use.</summary>
internal sealed class PageRecognition
{
    /// <summary>Raised when recognised text changes: part of the fingerprint of all parsers.</summary>
    private const int Version = 1;

    private readonly OcrOptions _options;
    private readonly ITextRecognition _recognition;
    private readonly TimeProvider _timeProvider;

    /// <summary>Prepares recognition; loads nothing.</summary>
    /// <param name="options">The settings; not changed afterwards.</param>
    /// <param name="timeProvider">The clock of the time limit.</param>
    /// <param name="recognition">The networks; null for those of the process.</param>
    public PageRecognition(OcrOptions options, TimeProvider timeProvider, ITextRecognition? recognition = null)
    {
        _options = options;
        _timeProvider = timeProvider;
        _recognition = recognition ?? TextRecognition.Shared(options);
    }

    /// <summary>Whether every page is recognised, whatever text it has, and image files are read.</summary>
    public bool IsAlways => _options.Mode == OcrMode.Always;

    /// <summary>Everything that decides what is recognised where.</summary>
    public string Fingerprint => string.Create(
        CultureInfo.InvariantCulture, $"ocr:{Version}/{(IsAlways ? "always" : "auto")}/{_options.MinConfidence}/{_options.Dpi}/{_options.DetectionSide}");

    /// <summary>What is missing for reading images, and what to do; null when nothing is.</summary>
    public string? ImageProblem => _recognition.Problem;

    /// <summary>What is missing for reading pages of PDFs, and what to do; null when nothing is.</summary>
    public string? PageProblem => Poppler.IsInstalled ? _recognition.Problem : Poppler.Missing;

    /// <summary>Recognises a page of a PDF.</summary>
    /// <param name="input">The PDF.</param>
    /// <param name="page">The page as the PDF describes it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The page with the text that was read, if any.</returns>
    /// <exception cref="DocumentRejectedException">It cannot be drawn, takes longer than <see cref="ParsingOptions.SectionTimeout"/>, or a network cannot be used.</exception>
    public async Task<PdfPageLayout> ReadPageAsync(ParseInput input, PdfPageLayout page, CancellationToken cancellationToken)
    {
        var path = await input.OpenFileAsync(cancellationToken).ConfigureAwait(false);
        var side = (int)Math.Clamp(Math.Sqrt(input.Options.MaxImagePixels), 16, PageScale.MaxSide);
        var scale = PageScale.AtDpi(_options.Dpi, page.Width, page.Height, side);
        var renderer = new PdfPageRenderer(input.Options.SectionTimeout, _timeProvider);
        var read = await ReadAsync(input, $"page {page.Number}", token => renderer.RenderAsync(path, page.Number, scale, token), cancellationToken).ConfigureAwait(false);
        return RecognizedLayout.Make(read, page.Number, Math.Max(page.Width, page.Height) / Math.Max(read.Width, read.Height), _options.MinConfidence);
    }

    /// <summary>Recognises an image file.</summary>
    /// <param name="input">The file.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The text that was read, if any, as a page without a number.</returns>
    /// <exception cref="DocumentRejectedException">It cannot be decoded, takes longer than <see cref="ParsingOptions.SectionTimeout"/>, or a network cannot be used.</exception>
    public async Task<PdfPageLayout> ReadImageAsync(ParseInput input, CancellationToken cancellationToken)
    {
        var read = await ReadAsync(input, "the image", token => ImageDecoder.DecodeAsync(input.Stream, input.Options, token).AsTask(), cancellationToken).ConfigureAwait(false);
        return RecognizedLayout.Make(read, 0, null, _options.MinConfidence);
    }

    /// <summary>Waiting for a turn and recognising do not count as time to the next section: pages without text may follow each other, and each has the limit for itself.</summary>
    private async Task<RecognizedPage> ReadAsync(ParseInput input, string what, Func<CancellationToken, Task<RasterImage>> draw, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        input.Watch?.BeginRead();
        try
        {
            return await _recognition.ReadAsync(
                async token =>
                {
                    var image = await draw(token).ConfigureAwait(false);
                    late.CancelAfter(input.Options.SectionTimeout);
                    return image;
                },
                either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new DocumentRejectedException(
                Rejection.Dead(Reasons.TimedOut, $"recognising {what} took longer than {input.Options.SectionTimeout.TotalSeconds:N0} s; raise sluice.parsing.section-timeout to wait longer"), exception);
        }
        catch (ModelException exception)
        {
            throw new DocumentRejectedException(Rejection.Dead(Reasons.MissingProgram, exception.Message), exception);
        }
        finally
        {
            input.Watch?.EndRead();
        }
    }
}
