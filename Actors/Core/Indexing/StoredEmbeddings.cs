using Sluice.Streams.Chunks;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Core.Indexing;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>
/// Reads embeddings that a sink holds already, so that they need not be made again. A sink that is away is waited for like one that is written to, since what is read next has to be
/// written there anyway; what cannot be had is embedded instead. Never fails but by cancellation. Safe for concurrent use.
/// </summary>
internal sealed class StoredEmbeddings(SinkCalls calls)
{
    /// <summary>Failed reads, with writes taken in between each, after which the embeddings are made instead: it is these that the database breaks on.</summary>
    private const int Tries = 6;

    private static readonly IReadOnlyDictionary<ChunkId, Embedding> s_nothing = new Dictionary<ChunkId, Embedding>();

    /// <summary>Reads what there is of them.</summary>
    /// <param name="ids">At most 1,000.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<IReadOnlyDictionary<ChunkId, Embedding>> FetchAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken)
    {
        var (takenBefore, passedBy) = (calls.Taken, 0);
        for (var attempt = 1; ; attempt++)
        {
            var found = s_nothing;
            switch (await TryAsync(async () => found = await calls.Sink.FetchEmbeddingsAsync(ids, cancellationToken), cancellationToken))
            {
                case null:
                    return found;
                case TransientException transient:
                    passedBy += calls.Taken > takenBefore ? 1 : 0;
                    takenBefore = calls.Taken;
                    if (passedBy >= Tries)
                    {
                        return s_nothing;
                    }

                    await calls.PauseReadAsync(transient, attempt, cancellationToken);
                    break;
                default:
                    return s_nothing; // A sink that is broken for good says so when it is written to.
            }
        }
    }

    private async Task<Exception?> TryAsync(Func<Task> read, CancellationToken cancellationToken)
    {
        try
        {
            return await calls.TryReadAsync(read, cancellationToken);
        }
        catch (StorageException exception)
        {
            return exception;
        }
    }
}
