using System.Globalization;
using System.Runtime.CompilerServices;
using Sluice.Actors.Parsing.Ocr;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using UglyToad.PdfPig;
using UglyToad.PdfPig.Exceptions;
using PdfOptions = UglyToad.PdfPig.ParsingOptions;

namespace Sluice.Actors.Parsing.Pdf;

/// <summary>
/// PDF documents, page by page: only the pages of the window in which running titles are looked for are in memory. A page that cannot be read does not lose the
/// others: its number stands in the metadata <c>unreadable-pages</c> of the title, as far as it is known by then, and of the next section. Pages that are pictures are
/// recognised where that is wanted, and go on as if they had their text themselves; where it cannot be done here they stand in <c>unrecognised-pages</c>. Stateless.
/// </summary>
/// <param name="recognition">Recognises pages that are pictures; null to leave them out.</param>
internal sealed class PdfParser(PageRecognition? recognition = null) : IFormatParser
{
    public string Name => "pdf";

    public int Version => 1;

    public async IAsyncEnumerable<Section> ParseAsync(ParseInput input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var stream = await input.OpenSeekableAsync(cancellationToken).ConfigureAwait(false);
        var filters = new BoundedFilters(stream.Length, input.Options, cancellationToken);
        using var document = Open(stream, input.Options, filters);
        await foreach (var section in ReadAsync(document, filters, input, cancellationToken).ConfigureAwait(false))
        {
            yield return section;
        }
    }

    /// <summary>Opens a PDF.</summary>
    /// <exception cref="DocumentRejectedException">It is protected or damaged.</exception>
    internal static PdfDocument Open(Stream stream, ParsingOptions limits, BoundedFilters filters)
    {
        try
        {
            return PdfDocument.Open(stream, new PdfOptions
            {
                UseLenientParsing = true,
                SkipMissingFonts = true,
                FilterProvider = filters,
                MaxStackDepth = limits.MaxNesting,
            });
        }
        catch (PdfDocumentEncryptedException exception)
        {
            throw new DocumentRejectedException(Rejection.Dead(Reasons.Encrypted, "the PDF is protected by a password; save it without one and ingest it again"), exception);
        }
        catch (Exception exception) when (IsDamage(exception))
        {
            throw filters.Broken ?? Corrupt("the PDF's structure is damaged or cut short and cannot be opened; fetch or print it again", exception);
        }
    }

    private async IAsyncEnumerable<Section> ReadAsync(PdfDocument document, BoundedFilters filters, ParseInput input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var pages = new PdfPages(document, filters, cancellationToken);
        var gaps = new PageGaps();
        var scans = recognition is null ? null : new PdfScans(recognition, input, pages, gaps);
        var builder = new SectionBuilder();
        var sections = new PdfSections(pages.Outline(), builder);
        var around = new List<PdfPageLayout>();
        var next = 1;
        Section? held = null;
        var any = false;
        for (var number = 1; number <= pages.Count; number++)
        {
            for (; next <= pages.Count && next <= number + RunningTitles.Reach; next++)
            {
                var read = pages.Read(next);
                if (read is not null && scans is not null)
                {
                    read = await scans.ReadAsync(read, cancellationToken).ConfigureAwait(false);
                }

                if (read is not null)
                {
                    around.Add(read);
                    sections.Learn(read);
                }
                else
                {
                    gaps.AddUnreadable(next);
                }
            }

            if (number == 1 && Title(pages, gaps, input.FileName) is { } title)
            {
                yield return title;
            }

            around.RemoveAll(other => other.Number < number - RunningTitles.Reach);
            var page = around.Find(other => other.Number == number);
            if (page is null)
            {
                continue;
            }

            foreach (var section in sections.Make(page, RunningTitles.Find(page, around)))
            {
                any = true;
                if (held is not null)
                {
                    yield return held;
                }

                held = gaps.Mark(section, number);
            }
        }

        if (held is not null)
        {
            yield return gaps.Mark(held, int.MaxValue);
        }

        if (!any)
        {
            throw Nothing(pages, gaps, scans);
        }
    }

    private static DocumentRejectedException Nothing(PdfPages pages, PageGaps gaps, PdfScans? scans)
    {
        if (gaps.Unrecognized > 0)
        {
            return new(Rejection.Dead(Reasons.MissingProgram, $"none of its {pages.Count:N0} pages has text, {gaps.Unrecognized:N0} are pictures that could be recognised, and {scans!.Problem}"));
        }

        if (pages.Failure is { } failure)
        {
            return Corrupt($"no page of the PDF can be read; page {pages.FirstUnreadable} is the first of {pages.Unreadable} broken ones", failure);
        }

        return new(Rejection.Skip(Reasons.Empty, $"none of its {pages.Count:N0} pages has text" + scans switch
        {
            null => ": it is probably scanned; --ocr auto (sluice.parsing.ocr.mode) recognises the text of such pages",
            { Recognized: 0 } => ", or a picture that could have some",
            _ => $", and text recognition found none on the {scans.Recognized:N0} that it looked at",
        }));
    }

    private static Section? Title(PdfPages pages, PageGaps gaps, string fileName)
    {
        var metadata = pages.Metadata(out var title);
        metadata["pages"] = pages.Count.ToString(CultureInfo.InvariantCulture);
        gaps.Note(metadata);
        return DocumentTitle.Make(title, metadata, fileName);
    }

    /// <summary>Whether an exception of the PDF library is about the document: it throws whatever its own code runs into.</summary>
    internal static bool IsDamage(Exception exception) =>
        exception is not (OperationCanceledException or DocumentRejectedException) && Surroundings.Of(exception) is null;

    private static DocumentRejectedException Corrupt(string message, Exception inner) => new(Rejection.Dead(Reasons.Corrupt, message), inner);
}
