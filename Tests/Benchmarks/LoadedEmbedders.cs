using Sluice.Actors.Embedding;
using Sluice.Streams.Vectors;

namespace Sluice.Benchmarks;

/// <summary>The embedders of an ingestion, loaded before it begins, and the bare session that it is held against, with the same threads.</summary>
internal sealed class LoadedEmbedders : IAsyncDisposable
{
    private readonly OnnxEmbedder[] _embedders;
    private int _next;

    private LoadedEmbedders(EmbeddingModel model, EmbeddingOptions options)
    {
        _embedders = [.. Enumerable.Range(0, model.Sessions).Select(_ => model.CreateEmbedder())];
        Bare = new OnnxEmbedder(model.Folder, options);
    }

    /// <summary>One session that has all threads.</summary>
    public OnnxEmbedder Bare { get; }

    /// <summary>How many batches an ingestion embeds at once.</summary>
    public int Count => _embedders.Length;

    public static async Task<LoadedEmbedders> LoadAsync(EmbeddingModel model, EmbeddingOptions options)
    {
        var loaded = new LoadedEmbedders(model, options);
        await Task.WhenAll(loaded._embedders.Append(loaded.Bare).Select(static embedder => embedder.LoadAsync(CancellationToken.None)));
        return loaded;
    }

    /// <summary>The next of them, which adds what it embeds to a list.</summary>
    public IEmbedder Recording(List<IReadOnlyList<ReadOnlyMemory<int>>> batches) => new RecordingEmbedder(_embedders[(int)((uint)Interlocked.Increment(ref _next) % _embedders.Length)], batches);

    public async ValueTask DisposeAsync()
    {
        foreach (var embedder in _embedders)
        {
            await embedder.DisposeAsync();
        }

        await Bare.DisposeAsync();
    }
}
