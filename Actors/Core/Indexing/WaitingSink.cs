using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Core.Indexing;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>
/// A sink whose every call follows the policy of a run: what may pass is waited for, for as long as it lasts, and said. Deletions and relocations that the sink refuses are refused
/// only after everything else in the call is done. For whoever takes an <see cref="IVectorSink"/> and knows nothing of waiting. Does not own the sink. Safe for concurrent use.
/// </summary>
internal sealed class WaitingSink(SinkWriter writer) : IVectorSink
{
    /// <summary>Most ids that a listing remembers, so that it can go on after an interruption without listing any of them twice.</summary>
    private const int MaxRemembered = 1_000_000;

    private SinkCalls Calls => writer.Calls;

    private IVectorSink Sink => writer.Calls.Sink;

    public string Name => Sink.Name;

    public SinkCapabilities Capabilities => Sink.Capabilities;

    public Task<CollectionInfo?> DescribeAsync(CancellationToken cancellationToken) => Calls.ReadAsync(static (sink, ct) => sink.DescribeAsync(ct), cancellationToken);

    public Task EnsureCollectionAsync(CollectionSpec spec, CancellationToken cancellationToken) => Calls.RunAsync((sink, ct) => sink.EnsureCollectionAsync(spec, ct), cancellationToken);

    public Task DropCollectionAsync(CancellationToken cancellationToken) => Calls.RunAsync(static (sink, ct) => sink.DropCollectionAsync(ct), cancellationToken);

    public Task<IReadOnlyList<ChunkFailure>> UpsertAsync(IReadOnlyList<VectorRecord> records, CancellationToken cancellationToken) => writer.WriteAsync(records, cancellationToken);

    public Task RelocateAsync(IReadOnlyList<Chunk> chunks, CancellationToken cancellationToken) => Calls.RunAsync((sink, ct) => sink.RelocateAsync(chunks, ct), cancellationToken);

    public long EncodedBytes(VectorRecord record) => Sink.EncodedBytes(record);

    /// <inheritdoc/>
    /// <exception cref="RequestRefusedException">Some of them stay; all others are gone.</exception>
    public async Task DeleteAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken) =>
        ThrowIfAny(await writer.Edits.DeleteAsync([.. ids], cancellationToken).ConfigureAwait(false), ids.Count);

    /// <inheritdoc/>
    /// <exception cref="RequestRefusedException">Some of them stay; all others are gone.</exception>
    public async Task DeleteDocumentsAsync(IReadOnlyCollection<DocumentId> documents, CancellationToken cancellationToken) =>
        ThrowIfAny(await writer.Edits.DeleteDocumentsAsync([.. documents], cancellationToken).ConfigureAwait(false), documents.Count);

    public Task MakeVisibleAsync(CancellationToken cancellationToken) => Calls.RunAsync(static (sink, ct) => sink.MakeVisibleAsync(ct), cancellationToken);

    public Task<long> CountAsync(CancellationToken cancellationToken) => Calls.ReadAsync(static (sink, ct) => sink.CountAsync(ct), cancellationToken);

    /// <inheritdoc/>
    /// <remarks>A listing that breaks is begun again, and what was listed is left out; one that breaks after very many ids ends, since it cannot remember them.</remarks>
    public async IAsyncEnumerable<IReadOnlyList<StoredChunkId>> ListIdsAsync(DocumentId? document, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var listed = new HashSet<ChunkId>();
        for (var breaks = 0; ; breaks++)
        {
            var listing = new Listing(Sink, document, cancellationToken);
            await using (listing.ConfigureAwait(false))
            {
                Exception? failed;
                while ((failed = await Calls.TryReadAsync(listing.MoveAsync, cancellationToken).ConfigureAwait(false)) is null)
                {
                    if (listing.Current is not { } current)
                    {
                        yield break;
                    }

                    IReadOnlyList<StoredChunkId> page = breaks == 0 ? current : [.. current.Where(stored => !listed.Contains(stored.Chunk))];
                    if (listed.Count <= MaxRemembered)
                    {
                        listed.UnionWith(page.Select(static stored => stored.Chunk));
                    }

                    if (page.Count > 0)
                    {
                        yield return page;
                    }
                }

                if (failed is not TransientException transient || listed.Count > MaxRemembered)
                {
                    ExceptionDispatchInfo.Throw(failed);
                    yield break;
                }

                await Calls.PauseReadAsync(transient, breaks + 1, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public Task<IReadOnlyDictionary<ChunkId, Embedding>> FetchEmbeddingsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken) =>
        Calls.ReadAsync((sink, ct) => sink.FetchEmbeddingsAsync(ids, ct), cancellationToken);

    public Task<IReadOnlyList<VectorRecord>> ReadRecordsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken) =>
        Calls.ReadAsync((sink, ct) => sink.ReadRecordsAsync(ids, ct), cancellationToken);

    public Task<IReadOnlyList<SearchHit>> SearchAsync(SearchQuery query, CancellationToken cancellationToken) =>
        Calls.ReadAsync((sink, ct) => sink.SearchAsync(query, ct), cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static void ThrowIfAny<T>(IReadOnlyList<Refusal<T>> refused, int of)
    {
        if (refused.Count > 0)
        {
            throw new RequestRefusedException($"{refused.Count} of {of} were refused; the first: {refused[0].Why}");
        }
    }

    /// <summary>A listing under way, opened with its first page.</summary>
    private sealed class Listing(IVectorSink sink, DocumentId? document, CancellationToken cancellationToken) : IAsyncDisposable
    {
        private IAsyncEnumerator<IReadOnlyList<StoredChunkId>>? _pages;

        /// <summary>The page; null behind the last one.</summary>
        public IReadOnlyList<StoredChunkId>? Current { get; private set; }

        public async Task MoveAsync()
        {
            _pages ??= sink.ListIdsAsync(document, cancellationToken).GetAsyncEnumerator(cancellationToken);
            Current = await _pages.MoveNextAsync().ConfigureAwait(false) ? _pages.Current : null;
        }

        public ValueTask DisposeAsync() => _pages?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
