using Akka.Actor;
using Sluice.Streams.Chunks;
using Sluice.Streams.Monitoring;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Core.Embedding;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>
/// One embedder, and a memory of what it made, for several runs over the same documents: each text is embedded once, whichever run comes to it first. A run never waits for another
/// one's sink here, only for the model: who claims a text has it embedded at once. Safe for concurrent use; the caller disposes it after the runs.
/// </summary>
public sealed class EmbeddingShare : IAsyncDisposable
{
    private readonly EmbeddingMemory _memory;
    private readonly PipelineOptions _options;

    /// <summary>Starts it.</summary>
    /// <param name="system">Where the embedder lives.</param>
    /// <param name="sessions">Sessions that work at once, from 1.</param>
    /// <param name="open">Opens a session of the model; called with the first batch.</param>
    /// <param name="options">Sizes.</param>
    /// <param name="time">The clock.</param>
    public EmbeddingShare(ActorSystem system, int sessions, Func<IEmbedder> open, PipelineOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        Inference = new StageMeter(time);
        _memory = new EmbeddingMemory(options.SharedEmbeddingBytes);
        Embedder = system.ActorOf(SharedEmbedderActor.Props(sessions, open, options, Inference, Notices));
    }

    /// <summary>What the model did.</summary>
    public StageMeter Inference { get; }

    /// <summary>What holds the model up, in words, as it happens.</summary>
    public NoticeBoard Notices { get; } = new();

    /// <summary>Bytes of embeddings that are remembered.</summary>
    public long RememberedBytes => _memory.Bytes;

    internal IActorRef Embedder { get; }

    /// <summary>Stops the embedder.</summary>
    /// <returns>When it has stopped, or the time to wait for it is over.</returns>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await Embedder.GracefulStop(_options.StopTimeout).ConfigureAwait(false);
        }
        catch (TaskCanceledException)
        {
            // A batch that takes longer than that ends with the process.
        }
    }

    /// <summary>An embedding that was made lately for the same tokens; null for none.</summary>
    internal Embedding? Find(Chunk chunk) => _memory.Find(chunk);

    /// <summary>Embeds of a batch what is not known and not being embedded already, and waits for the rest.</summary>
    internal async Task<EmbeddedBatch> EmbedAsync(PackedBatch batch)
    {
        var items = batch.Items;
        var results = new EmbeddingResult[items.Count];
        var mine = new List<(int Index, UInt128 Key)>(items.Count);
        var others = new List<(int Index, Task<EmbeddingResult> Result)>();
        for (var index = 0; index < items.Count; index++)
        {
            var key = EmbeddingMemory.KeyOf(items[index].Chunk);
            var (embedding, making) = _memory.Claim(key);
            if (embedding is not null)
            {
                results[index] = new EmbeddingResult(embedding, null);
            }
            else if (making is not null)
            {
                others.Add((index, making));
            }
            else
            {
                mine.Add((index, key));
            }
        }

        var (computed, embedded) = await EmbedAsync(batch, mine, results);
        foreach (var (index, result) in others)
        {
            results[index] = await result;
        }

        return new EmbeddedBatch(batch, results) { Computed = computed, Elapsed = embedded?.Elapsed ?? TimeSpan.Zero, WasHalved = embedded?.WasHalved ?? false };
    }

    private async Task<(ComputedTokens Computed, EmbeddedBatch? Embedded)> EmbedAsync(PackedBatch batch, List<(int Index, UInt128 Key)> mine, EmbeddingResult[] results)
    {
        if (mine.Count == 0)
        {
            return default;
        }

        var part = mine.Count == batch.Items.Count ? batch : Part(batch, mine);
        EmbeddedBatch embedded;
        try
        {
            embedded = await Embedder.AskLivingAsync<EmbeddedBatch>(new EmbedBatch(part));
            for (var place = 0; place < mine.Count; place++)
            {
                results[mine[place].Index] = embedded.Results[place];
                _memory.Made(mine[place].Key, embedded.Results[place]);
            }
        }
        catch (Exception exception)
        {
            mine.ForEach(claim => _memory.Failed(claim.Key, exception));
            throw;
        }

        return (new ComputedTokens(part.Items.Count, part.Tokens, part.PaddedTokens), embedded);
    }

    private static PackedBatch Part(PackedBatch batch, List<(int Index, UInt128 Key)> mine)
    {
        var items = new List<PackedItem>(mine.Count);
        var (tokens, longest) = (0, 0);
        foreach (var (index, _) in mine)
        {
            var item = batch.Items[index];
            items.Add(item);
            tokens += item.Chunk.Positions;
            longest = Math.Max(longest, item.Chunk.Positions);
        }

        return new PackedBatch(items, tokens, items.Count * longest);
    }
}
