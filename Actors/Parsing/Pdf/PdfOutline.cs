using UglyToad.PdfPig;
using UglyToad.PdfPig.Outline;

namespace Sluice.Actors.Parsing.Pdf;

/// <summary>The bookmarks of a document by page: they say what its headings are.</summary>
internal sealed class PdfOutline
{
    /// <summary>Deepest level that is told apart.</summary>
    public const int MaxLevel = 9;

    private const int MaxNodes = 200_000;

    private readonly Dictionary<int, List<Entry>> _byPage = [];

    /// <summary>Whether there is any.</summary>
    public bool IsEmpty => _byPage.Count == 0;

    /// <summary>Reads the bookmarks.</summary>
    public static PdfOutline Read(PdfDocument document)
    {
        var outline = new PdfOutline();
        if (!document.TryGetBookmarks(out var bookmarks, false))
        {
            return outline;
        }

        var count = 0;
        var open = new Stack<(BookmarkNode Node, int Depth)>();
        for (var index = bookmarks.Roots.Count - 1; index >= 0; index--)
        {
            open.Push((bookmarks.Roots[index], 1));
        }

        while (open.TryPop(out var next) && count++ < MaxNodes)
        {
            if (next.Node is DocumentBookmarkNode { PageNumber: > 0 } node && !string.IsNullOrWhiteSpace(node.Title))
            {
                if (!outline._byPage.TryGetValue(node.PageNumber, out var entries))
                {
                    outline._byPage.Add(node.PageNumber, entries = []);
                }

                var title = PdfCharacters.Clean(node.Title.Trim());
                entries.Add(new Entry(Math.Min(next.Depth, MaxLevel), title, Normalize(title), (double?)node.Destination?.Coordinates?.Top));
            }

            for (var index = next.Node.Children.Count - 1; index >= 0; index--)
            {
                open.Push((next.Node.Children[index], next.Depth + 1));
            }
        }

        return outline;
    }

    /// <summary>The bookmarks that lead to a page, in their order.</summary>
    public IReadOnlyList<Entry> On(int page) => _byPage.TryGetValue(page, out var entries) ? entries : [];

    /// <summary>Letters and digits only, in lower case.</summary>
    public static string Normalize(string text) => string.Concat(text.Where(char.IsLetterOrDigit)).ToLowerInvariant();

    /// <summary>A bookmark.</summary>
    /// <param name="Level">Its depth, from 1.</param>
    /// <param name="Title">Its title.</param>
    /// <param name="Key">Its title, normalized.</param>
    /// <param name="Top">Height on the page it leads to; null for the whole page.</param>
    internal sealed record Entry(int Level, string Title, string Key, double? Top)
    {
        private const int MaxNumber = 8;
        private const int MaxTail = 120;

        /// <summary>Whether a line of the page is this heading: the same words, or with a number before or a subtitle after.</summary>
        /// <param name="text">The line's text, normalized.</param>
        /// <param name="stands">Whether it looks like a heading: large or bold.</param>
        public bool Matches(string text, bool stands) =>
            Key.Length > 0
            && (text == Key
                || (text.Length <= Key.Length + MaxNumber && text.EndsWith(Key, StringComparison.Ordinal))
                || (stands && Key.Length <= text.Length + MaxNumber && text.Length > 3 && Key.EndsWith(text, StringComparison.Ordinal))
                || (stands && text.Length <= Key.Length + MaxTail && text.StartsWith(Key, StringComparison.Ordinal)));
    }
}
