using System.Runtime.CompilerServices;
using Sluice.Actors.Parsing.Sources.Files;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Sources;

/// <summary>A single file, whatever the globs. A file that is gone is not listed, so that it is taken for removed.</summary>
internal sealed class FileSource(FileSystem files, string path) : IDocumentSource
{
    public SourceScope Scope { get; } = SourceScope.Exact(PathText.ToUri(path));

    public string Description => "one file";

    public async IAsyncEnumerable<ListingPage> ListAsync(string? cursor, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var document = await Task.Run(() => LocalFile.Look(files, Scope.Uri, path), cancellationToken).ConfigureAwait(false);
        yield return new ListingPage(document.Problem?.Reason == Reasons.Vanished ? [] : [document], null);
    }

    public ValueTask<DocumentContent> OpenAsync(ListedDocument document, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(document);
        cancellationToken.ThrowIfCancellationRequested();
        return new(LocalFile.Open(files, Scope, document.Uri));
    }

    /// <summary>The file may be gone; the folder it lies in tells whether that means anything.</summary>
    public async ValueTask<RootCheck> CheckRootAsync(string? root, CancellationToken cancellationToken) =>
        Path.GetDirectoryName(path) is { Length: > 0 } folder
            ? await Task.Run(() => FolderRoot.Check(files, folder, null, hidden: true), cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false) with { Root = null }
            : RootCheck.There(null);
}
