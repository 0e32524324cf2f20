using System.Runtime.CompilerServices;
using Sluice.Actors.Parsing.Sources.Files;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Sources;

/// <summary>The files below a folder.</summary>
internal sealed class FolderSource : IDocumentSource
{
    /// <summary>Documents on a page.</summary>
    public const int PageSize = 500;

    private readonly FileSystem _files;
    private readonly string _root;
    private readonly SourceOptions _options;
    private readonly PathFilter _filter;

    public FolderSource(FileSystem files, string root, SourceOptions options)
    {
        _files = files;
        _root = root.Length > 1 ? root.TrimEnd('/') : root;
        _options = options;
        _filter = new PathFilter(options);
        Scope = SourceScope.Prefix(PathText.ToUri(_root).TrimEnd('/') + "/");
    }

    public SourceScope Scope { get; }

    public string Description => _filter.Description;

    public async IAsyncEnumerable<ListingPage> ListAsync(string? cursor, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var walk = new FolderWalk(_files, _root, _options, _filter, cursor is null ? null : PathText.FromBytes(PathText.UnescapeBytes(cursor)));
        ListingPage page;
        do
        {
            // A slow disk must not hold up whoever asks.
            page = await Task.Run(() => Page(walk, cancellationToken), cancellationToken).ConfigureAwait(false);
            yield return page;
        }
        while (page.Cursor is not null);
    }

    public ValueTask<DocumentContent> OpenAsync(ListedDocument document, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(document);
        cancellationToken.ThrowIfCancellationRequested();
        return new(LocalFile.Open(_files, Scope, document.Uri));
    }

    public bool TracksRoot => true;

    // A mount that hangs must not hold up whoever asks.
    public async ValueTask<RootCheck> CheckRootAsync(string? root, CancellationToken cancellationToken) =>
        await Task.Run(() => FolderRoot.Check(_files, _root, root, _options.Hidden), cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);

    private static ListingPage Page(FolderWalk walk, CancellationToken cancellationToken)
    {
        var documents = new List<ListedDocument>();
        while (documents.Count < PageSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (walk.Next() is not { } document)
            {
                return new ListingPage(documents, null, walk.Complete);
            }

            documents.Add(document);
        }

        return new ListingPage(documents, PathText.EscapeBytes(PathText.ToBytes(walk.Last)), walk.Complete);
    }
}
