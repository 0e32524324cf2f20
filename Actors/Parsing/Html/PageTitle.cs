using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Html;

/// <summary>A page's title and metadata.</summary>
internal static class PageTitle
{
    private static readonly (string Name, string As)[] _known =
    [
        ("description", "description"), ("og:description", "description"), ("author", "author"), ("article:author", "author"), ("keywords", "keywords"),
        ("date", "date"), ("article:published_time", "date"), ("generator", "generator"),
    ];

    /// <summary>The title section, or null when the page has neither a title nor metadata.</summary>
    public static Section? Of(IHtmlDocument page)
    {
        var title = HtmlText.Collapse(page.Title ?? string.Empty);
        if (title.Length == 0 && page.QuerySelector("h1") is { } heading)
        {
            title = HtmlText.Of(heading, keepNavigation: true);
        }

        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var meta in page.Head?.QuerySelectorAll("meta[content]") ?? Enumerable.Empty<IElement>())
        {
            var name = meta.GetAttribute("name") ?? meta.GetAttribute("property");
            foreach (var (known, key) in _known)
            {
                var value = HtmlText.Collapse(meta.GetAttribute("content") ?? string.Empty);
                if (known.Equals(name, StringComparison.OrdinalIgnoreCase) && value.Length is > 0 and <= 1000)
                {
                    metadata.TryAdd(key, value);
                }
            }
        }

        if (page.DocumentElement?.GetAttribute("lang") is { Length: > 0 and <= 20 } language)
        {
            metadata["language"] = language;
        }

        return title.Length == 0 ? null : SectionBuilder.Title(title, metadata.Count == 0 ? null : metadata);
    }
}
