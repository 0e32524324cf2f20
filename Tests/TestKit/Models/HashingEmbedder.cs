using Sluice.Streams.Vectors;

namespace Sluice.TestKit.Models;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>
/// An embedder without a model: each token id adds a fixed pseudo-random direction, and the sum has unit length. Texts that share words are near each other.
/// Deterministic. A batch can be made to take time, on a clock that the test owns, and to fail.
/// </summary>
/// <param name="dimension">Components of a vector.</param>
/// <param name="maxTokens">Most tokens of a text.</param>
public sealed class HashingEmbedder(int dimension = 64, int maxTokens = 128) : IEmbedder
{
    private int _batches;
    private long _texts;

    /// <inheritdoc/>
    public EmbeddingModelInfo Model { get; } = new("hashing", $"hashing-1-{dimension}", EmbeddingKind.Dense, dimension, maxTokens, Distance.Cosine);

    /// <summary>How long a batch takes, besides the work itself.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>The clock of <see cref="Latency"/>.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Is called before each batch, with its number from 1; may throw.</summary>
    public Action<int, IReadOnlyList<ReadOnlyMemory<int>>>? BeforeBatch { get; init; }

    /// <summary>Batches begun so far.</summary>
    public int Batches => Volatile.Read(ref _batches);

    /// <summary>Texts embedded so far.</summary>
    public long Texts => Interlocked.Read(ref _texts);

    /// <summary>Whether it was disposed of.</summary>
    public bool IsDisposed { get; private set; }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Embedding>> EmbedAsync(IReadOnlyList<ReadOnlyMemory<int>> batch, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        var number = Interlocked.Increment(ref _batches);
        BeforeBatch?.Invoke(number, batch);
        if (Latency > TimeSpan.Zero)
        {
            await Task.Delay(Latency, Clock, cancellationToken);
        }

        var embeddings = new Embedding[batch.Count];
        for (var i = 0; i < embeddings.Length; i++)
        {
            if (batch[i].Length > Model.MaxTokens)
            {
                throw new ArgumentException($"Text {i} has {batch[i].Length} tokens; {Model.MaxTokens} are allowed.", nameof(batch));
            }

            embeddings[i] = new DenseEmbedding(Embed(batch[i].Span));
        }

        Interlocked.Add(ref _texts, embeddings.Length);
        return embeddings;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }

    private float[] Embed(ReadOnlySpan<int> ids)
    {
        var vector = new float[Model.Dimension];
        foreach (var id in ids)
        {
            var state = ((ulong)id + 1) * 0x9E3779B97F4A7C15;
            for (var i = 0; i < vector.Length; i++)
            {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                vector[i] += ((state >> 40) / (float)(1 << 24)) - 0.5f;
            }
        }

        var norm = 0d;
        foreach (var value in vector)
        {
            norm += value * value;
        }

        if (norm == 0)
        {
            vector[0] = 1;
            return vector;
        }

        for (var i = 0; i < vector.Length; i++)
        {
            vector[i] = (float)(vector[i] / Math.Sqrt(norm));
        }

        return vector;
    }
}
