using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Tests.Core;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>An embedder that does what a test tells it: its vector is the number of tokens; of an image its width, negative.</summary>
internal sealed class ScriptedEmbedder(Func<IReadOnlyList<ReadOnlyMemory<int>>, Exception?> fails, Func<IReadOnlyList<PreparedImage>, Exception?>? failsOnImages = null) : IEmbedder
{
    public EmbeddingModelInfo Model { get; } = new("scripted", "scripted/1", EmbeddingKind.Dense, 1, 128, Distance.Cosine);

    public bool Disposed { get; private set; }

    public ValueTask<IReadOnlyList<Embedding>> EmbedAsync(IReadOnlyList<ReadOnlyMemory<int>> batch, CancellationToken cancellationToken) =>
        fails(batch) is { } exception
            ? throw exception
            : new ValueTask<IReadOnlyList<Embedding>>([.. batch.Select(static tokens => new DenseEmbedding(new float[] { tokens.Length }))]);

    public ValueTask<IReadOnlyList<Embedding>> EmbedImagesAsync(IReadOnlyList<PreparedImage> batch, CancellationToken cancellationToken) =>
        failsOnImages?.Invoke(batch) is { } exception
            ? throw exception
            : new ValueTask<IReadOnlyList<Embedding>>([.. batch.Select(static image => new DenseEmbedding(new float[] { -image.Width }))]);

    public ValueTask DisposeAsync()
    {
        Disposed = true;
        return ValueTask.CompletedTask;
    }
}
