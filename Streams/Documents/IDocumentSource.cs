namespace Sluice.Streams.Documents;

/// <summary>Where documents come from: a folder, a file, standard input, a URL, a bucket. Safe for concurrent use.</summary>
public interface IDocumentSource
{
    /// <summary>
    /// What this source covers. Documents in it that a complete walk does not list are gone.
    /// </summary>
    SourceScope Scope { get; }

    /// <summary>Everything about this source, beyond <see cref="Scope"/>, that decides what it lists (globs, say), in words for messages.</summary>
    string Description { get; }

    /// <summary>Walks the source in pages, in a stable order.</summary>
    /// <param name="cursor">A cursor of an earlier page to go on after, or null for the beginning.</param>
    /// <param name="cancellationToken">Ends the walk.</param>
    /// <returns>The pages; the last one has no cursor. At least one page.</returns>
    IAsyncEnumerable<ListingPage> ListAsync(string? cursor, CancellationToken cancellationToken);

    /// <summary>Opens a listed document.</summary>
    /// <param name="document">The document.</param>
    /// <param name="cancellationToken">Cancels opening.</param>
    /// <returns>The content; the caller disposes it.</returns>
    /// <exception cref="Failures.DocumentRejectedException">It cannot be read now or ever: vanished, unreadable, too large.</exception>
    ValueTask<DocumentContent> OpenAsync(ListedDocument document, CancellationToken cancellationToken);

    /// <summary>Whether the source has a root whose looks are worth noting before a walk (a folder), so that another one in its place is noticed.</summary>
    bool TracksRoot => false;

    /// <summary>
    /// Looks whether the source as a whole is there and is the one that was walked: asked before a walk, when documents fail or vanish, and by every machine before it reads. What a
    /// single document's failure means depends on it.
    /// </summary>
    /// <param name="root">What an earlier check told of the root (<see cref="RootCheck.Root"/>), perhaps on another machine; null where there was none.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>How it stands. Never throws for what is wrong with the source.</returns>
    ValueTask<RootCheck> CheckRootAsync(string? root, CancellationToken cancellationToken) => new(RootCheck.There(null));
}
