using Sluice.Streams.Vectors;

namespace Sluice.Simulation.Tests.World;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>An embedder without a model: the token ids are the vector.</summary>
internal sealed class LengthEmbedder : IEmbedder
{
    public static EmbeddingModelInfo Info { get; } = new("length", "length-1", EmbeddingKind.Dense, 3, 128, Distance.Euclidean);

    public EmbeddingModelInfo Model => Info;

    public ValueTask<IReadOnlyList<Embedding>> EmbedAsync(IReadOnlyList<ReadOnlyMemory<int>> batch, CancellationToken cancellationToken) =>
        new([.. batch.Select(Of)]);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The embedding of tokens.</summary>
    public static Embedding Of(ReadOnlyMemory<int> tokens) => new DenseEmbedding(tokens.ToArray().Select(static id => (float)id).ToArray());
}
