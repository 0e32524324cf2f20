using System.Globalization;
using System.Runtime.CompilerServices;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using UglyToad.PdfPig;
using UglyToad.PdfPig.Exceptions;
using PdfOptions = UglyToad.PdfPig.ParsingOptions;

namespace Sluice.Actors.Parsing.Pdf;

/// <summary>
/// PDF documents, page by page: only the pages of the window in which running titles are looked for are in memory. A page that cannot be read does not lose the
/// others: its number stands in the metadata <c>unreadable-pages</c> of the title, as far as it is known by then, and of the next section. Stateless.
/// </summary>
internal sealed class PdfParser : IFormatParser
{
    private const string Unreadable = "unreadable-pages";

    public string Name => "pdf";

    public int Version => 1;

    public async IAsyncEnumerable<Section> ParseAsync(ParseInput input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var stream = await input.OpenSeekableAsync(cancellationToken).ConfigureAwait(false);
        var filters = new BoundedFilters(cancellationToken);
        using var document = Open(stream, input.Options, filters);
        foreach (var section in Read(document, filters, input.FileName, cancellationToken))
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

    private static IEnumerable<Section> Read(PdfDocument document, BoundedFilters filters, string fileName, CancellationToken cancellationToken)
    {
        var pages = new PdfPages(document, filters, cancellationToken);
        var outline = pages.Outline();
        var builder = new SectionBuilder();
        var sections = new PdfSections(outline, builder);
        var around = new List<PdfPageLayout>();
        var next = 1;
        var unreadable = new SortedSet<int>();
        Section? held = null;
        var any = false;
        for (var number = 1; number <= pages.Count; number++)
        {
            for (; next <= pages.Count && next <= number + RunningTitles.Reach; next++)
            {
                if (pages.Read(next) is { } read)
                {
                    around.Add(read);
                    sections.Learn(read);
                }
                else
                {
                    unreadable.Add(next);
                }
            }

            if (number == 1)
            {
                if (Title(pages, unreadable, fileName) is { } title)
                {
                    yield return title;
                }
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

                held = Mark(section, unreadable, number);
            }
        }

        if (held is not null)
        {
            yield return Mark(held, unreadable, int.MaxValue);
        }

        if (!any)
        {
            throw pages.Failure is { } failure
                ? Corrupt($"no page of the PDF can be read; page {pages.FirstUnreadable} is the first of {pages.Unreadable} broken ones", failure)
                : new DocumentRejectedException(Rejection.Skip(
                    Reasons.Empty, $"none of its {pages.Count:N0} pages has text: it is probably scanned; run it through text recognition (OCR) first"));
        }
    }

    /// <summary>Takes note, on the next section after them, of pages that could not be read.</summary>
    private static Section Mark(Section section, SortedSet<int> unreadable, int before)
    {
        var passed = unreadable.Where(page => page < before).ToArray();
        if (passed.Length == 0)
        {
            return section;
        }

        unreadable.ExceptWith(passed);
        var metadata = new Dictionary<string, string>(section.Metadata ?? new Dictionary<string, string>(StringComparer.Ordinal), StringComparer.Ordinal);
        metadata[Unreadable] = metadata.TryGetValue(Unreadable, out var earlier) ? $"{earlier},{string.Join(',', passed)}" : string.Join(',', passed);
        return section with { Metadata = metadata };
    }

    private static Section? Title(PdfPages pages, SortedSet<int> unreadable, string fileName)
    {
        var metadata = pages.Metadata(out var title);
        metadata["pages"] = pages.Count.ToString(CultureInfo.InvariantCulture);
        if (unreadable.Count > 0)
        {
            metadata[Unreadable] = string.Join(',', unreadable);
        }

        return DocumentTitle.Make(title, metadata, fileName);
    }

    /// <summary>Whether an exception of the PDF library is about the document: it throws whatever its own code runs into.</summary>
    internal static bool IsDamage(Exception exception) =>
        exception is not (OperationCanceledException or DocumentRejectedException or OutOfMemoryException)
        && (exception is not IOException || exception is EndOfStreamException or InvalidDataException);

    private static DocumentRejectedException Corrupt(string message, Exception inner) => new(Rejection.Dead(Reasons.Corrupt, message), inner);
}
