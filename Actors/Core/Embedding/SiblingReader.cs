using Sluice.Streams.Chunks;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Core.Embedding;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>
/// Reads embeddings from a sink that is filled from the same documents, as far as that costs little: one that fails or is slow is left alone for a while, since it must not hold
/// up another sink's run. Safe for concurrent use.
/// </summary>
internal sealed class SiblingReader(IVectorSink sink, TimeProvider time)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_rest = TimeSpan.FromMinutes(1);
    private static readonly IReadOnlyDictionary<ChunkId, Embedding> s_nothing = new Dictionary<ChunkId, Embedding>();

    private long _notBefore = long.MinValue;

    /// <summary>Reads what can be had now.</summary>
    public async Task<IReadOnlyDictionary<ChunkId, Embedding>> FetchAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken)
    {
        if (time.GetTimestamp() < Interlocked.Read(ref _notBefore))
        {
            return s_nothing;
        }

        using var limited = new CancellationTokenSource(s_limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limited.Token, cancellationToken);
        try
        {
            return await sink.FetchEmbeddingsAsync(ids, either.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SluiceException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // That sink's own run says what is wrong with it; here its vectors are made again.
            Interlocked.Exchange(ref _notBefore, time.GetTimestamp() + (long)(s_rest.TotalSeconds * time.TimestampFrequency));
            return s_nothing;
        }
    }
}
