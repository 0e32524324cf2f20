using Sluice.Streams.Vectors;

namespace Sluice.Benchmarks;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>Passes batches on and remembers them, to run the same ones through the bare session afterwards. The inner embedder is the caller's, and stays open.</summary>
internal sealed class RecordingEmbedder(IEmbedder inner, List<IReadOnlyList<ReadOnlyMemory<int>>> batches) : IEmbedder
{
    public EmbeddingModelInfo Model => inner.Model;

    public Task LoadAsync(CancellationToken cancellationToken) => inner.LoadAsync(cancellationToken);

    public ValueTask<IReadOnlyList<Embedding>> EmbedAsync(IReadOnlyList<ReadOnlyMemory<int>> batch, CancellationToken cancellationToken)
    {
        lock (batches)
        {
            batches.Add(batch);
        }

        return inner.EmbedAsync(batch, cancellationToken);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
