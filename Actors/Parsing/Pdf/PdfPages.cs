using UglyToad.PdfPig;

namespace Sluice.Actors.Parsing.Pdf;

/// <summary>Reads the pages of an opened PDF one at a time and lives through broken ones. Not safe for concurrent use; does not own the document.</summary>
internal sealed class PdfPages(PdfDocument document, BoundedFilters filters, CancellationToken cancellationToken)
{
    private const int MaxValue = 1000;

    private readonly FormCounter _forms = new(document, cancellationToken);

    /// <summary>Number of pages.</summary>
    public int Count { get; } = document.NumberOfPages;

    /// <summary>Why the first broken page could not be read; null while none was broken.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>The first broken page.</summary>
    public int FirstUnreadable { get; private set; }

    /// <summary>How many pages were broken.</summary>
    public int Unreadable { get; private set; }

    /// <summary>Lays out a page.</summary>
    /// <param name="number">Its number.</param>
    /// <returns>The page, or null when it is broken.</returns>
    public PdfPageLayout? Read(int number)
    {
        cancellationToken.ThrowIfCancellationRequested();
        filters.BeginPage();
        try
        {
            _forms.Check(number);
            var page = document.GetPage(number);
            var lines = new List<PdfLine>();
            var block = 0;
            foreach (var rows in WordFinder.Find(page.Letters))
            {
                ColumnFinder.Order(rows, lines, ref block);
            }

            return new PdfPageLayout(number, page.Height, lines) { Width = page.Width, IsPicture = PictureFinder.IsPicture(page, lines) };
        }
        catch (Exception exception) when (PdfParser.IsDamage(exception))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (filters.Broken is not null)
            {
                throw filters.Broken;
            }

            Break(number, exception);
            return null;
        }
    }

    /// <summary>A page is broken.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="failure">Why.</param>
    public void Break(int number, Exception failure)
    {
        Failure ??= failure;
        FirstUnreadable = FirstUnreadable == 0 ? number : FirstUnreadable;
        Unreadable++;
    }

    /// <summary>The outline; an empty one where it is broken.</summary>
    public PdfOutline Outline()
    {
        try
        {
            return PdfOutline.Read(document);
        }
        catch (Exception exception) when (PdfParser.IsDamage(exception))
        {
            // A broken outline costs heading paths, not text.
            return new PdfOutline();
        }
    }

    /// <summary>What the document says of itself.</summary>
    /// <param name="title">Its title, unless that is only the name of the file it was made from.</param>
    public Dictionary<string, string> Metadata(out string? title)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        title = null;
        try
        {
            var information = document.Information;
            title = Cleaned(information.Title);
            Set("author", information.Author);
            Set("subject", information.Subject);
            Set("keywords", information.Keywords);
            if (information.GetCreatedDateTimeOffset() is { } created)
            {
                metadata["created"] = created.ToString("yyyy-MM-dd'T'HH:mm:sszzz", System.Globalization.CultureInfo.InvariantCulture);
            }
        }
        catch (Exception exception) when (PdfParser.IsDamage(exception))
        {
            // Broken metadata costs the title, not the text.
            return metadata;
        }

        return metadata;

        void Set(string key, string? value)
        {
            if (Cleaned(value) is { } text)
            {
                metadata[key] = text;
            }
        }
    }

    private static string? Cleaned(string? value)
    {
        var text = PdfCharacters.Clean(value ?? "").Trim();
        if (text.Length == 0 || text.Equals("untitled", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        if (text.StartsWith("Microsoft Word - ", StringComparison.OrdinalIgnoreCase))
        {
            text = text["Microsoft Word - ".Length..];
        }

        return text.Length <= MaxValue ? text : text[..MaxValue];
    }
}
