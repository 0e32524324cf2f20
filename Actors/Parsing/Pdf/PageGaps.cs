using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Pdf;

/// <summary>Pages of a document that are not in its text, noted in the metadata of what stands near them. Not safe for concurrent use.</summary>
internal sealed class PageGaps
{
    private readonly SortedSet<int> _unreadable = [];
    private readonly SortedSet<int> _unrecognized = [];

    /// <summary>Pages that are pictures and could not be recognised here, over all.</summary>
    public int Unrecognized { get; private set; }

    /// <summary>A page is broken.</summary>
    public void AddUnreadable(int page) => _unreadable.Add(page);

    /// <summary>A page is a picture, and what recognises text is missing.</summary>
    public void AddUnrecognized(int page)
    {
        _unrecognized.Add(page);
        Unrecognized++;
    }

    /// <summary>Takes note, in the document's metadata, of the pages known so far.</summary>
    public void Note(Dictionary<string, string> metadata)
    {
        Note(metadata, "unreadable-pages", _unreadable);
        Note(metadata, "unrecognised-pages", _unrecognized);
    }

    /// <summary>Takes note, on the next section after them, of the pages before a page; once.</summary>
    public Section Mark(Section section, int before)
    {
        var (unreadable, unrecognized) = (Passed(_unreadable, before), Passed(_unrecognized, before));
        if (unreadable.Count + unrecognized.Count == 0)
        {
            return section;
        }

        var metadata = new Dictionary<string, string>(section.Metadata ?? new Dictionary<string, string>(StringComparer.Ordinal), StringComparer.Ordinal);
        Note(metadata, "unreadable-pages", unreadable);
        Note(metadata, "unrecognised-pages", unrecognized);
        return section with { Metadata = metadata };
    }

    private static List<int> Passed(SortedSet<int> pages, int before)
    {
        List<int> passed = [.. pages.TakeWhile(page => page < before)];
        pages.ExceptWith(passed);
        return passed;
    }

    private static void Note(Dictionary<string, string> metadata, string key, IReadOnlyCollection<int> pages)
    {
        if (pages.Count > 0)
        {
            metadata[key] = metadata.TryGetValue(key, out var earlier) ? $"{earlier},{string.Join(',', pages)}" : string.Join(',', pages);
        }
    }
}
