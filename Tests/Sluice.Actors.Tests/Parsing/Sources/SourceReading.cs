using System.Text;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Tests.Parsing.Sources;

/// <summary>Reads sources to their end.</summary>
internal static class SourceReading
{
    public static async Task<List<ListingPage>> PagesAsync(this IDocumentSource source, string? cursor = null)
    {
        var pages = new List<ListingPage>();
        await foreach (var page in source.ListAsync(cursor, CancellationToken.None))
        {
            pages.Add(page);
        }

        pages.Count.ShouldBeGreaterThan(0, "at least one page");
        pages[^1].Cursor.ShouldBeNull();
        pages.SkipLast(1).ShouldAllBe(static page => page.Cursor != null);
        return pages;
    }

    public static async Task<List<ListedDocument>> DocumentsAsync(this IDocumentSource source) =>
        (await source.PagesAsync()).SelectMany(static page => page.Documents).ToList();

    /// <summary>Paths below the scope, unescaped; problems marked with their reason.</summary>
    public static async Task<List<string>> NamesAsync(this IDocumentSource source)
    {
        var documents = await source.DocumentsAsync();
        documents.ShouldAllBe(document => document.Uri.StartsWith(source.Scope.Uri));
        return documents.ConvertAll(document =>
            Uri.UnescapeDataString(document.Uri[source.Scope.Uri.Length..]) + (document.Problem is null ? "" : $" ({document.Problem.Reason})"));
    }

    public static async Task<string> TextAsync(this IDocumentSource source, ListedDocument document)
    {
        await using var content = await source.OpenAsync(document, CancellationToken.None);
        using var reader = new StreamReader(content.Stream, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }
}
