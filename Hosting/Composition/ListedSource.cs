using System.Runtime.CompilerServices;
using Sluice.Streams.Documents;

namespace Sluice.Hosting.Composition;

/// <summary>Some documents of another source, as they were listed before: what a replay reads. Nothing may be pruned after its walk.</summary>
/// <param name="inner">Opens them.</param>
/// <param name="documents">The documents.</param>
internal sealed class ListedSource(IDocumentSource inner, IReadOnlyList<ListedDocument> documents) : IDocumentSource
{
    private const int PageSize = 500;

    /// <inheritdoc/>
    public SourceScope Scope => inner.Scope;

    /// <inheritdoc/>
    public string Description => inner.Description;

    /// <inheritdoc/>
    public async IAsyncEnumerable<ListingPage> ListAsync(string? cursor, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var start = int.TryParse(cursor, System.Globalization.CultureInfo.InvariantCulture, out var next) ? next : 0;
        do
        {
            var page = documents.Skip(start).Take(PageSize).ToList();
            start += page.Count;
            yield return new ListingPage(page, start < documents.Count ? start.ToString(System.Globalization.CultureInfo.InvariantCulture) : null, Complete: false);
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
        }
        while (start < documents.Count);
    }

    /// <inheritdoc/>
    public ValueTask<DocumentContent> OpenAsync(ListedDocument document, CancellationToken cancellationToken) => inner.OpenAsync(document, cancellationToken);

    /// <inheritdoc/>
    public bool TracksRoot => inner.TracksRoot;

    /// <inheritdoc/>
    public ValueTask<RootCheck> CheckRootAsync(string? root, CancellationToken cancellationToken) => inner.CheckRootAsync(root, cancellationToken);
}
