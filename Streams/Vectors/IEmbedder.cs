using Sluice.Streams.Documents;

namespace Sluice.Streams.Vectors;

/// <summary>Runs a model on batches of token ids, or of images. One batch at a time; the embedder actor owns it.</summary>
public interface IEmbedder : IAsyncDisposable
{
    /// <summary>The model.</summary>
    EmbeddingModelInfo Model { get; }

    /// <summary>Loads the model. What is not loaded yet is loaded by the first batch otherwise; a failure here is the model's, a failure there may be the batch's.</summary>
    /// <param name="cancellationToken">Abandons loading.</param>
    /// <returns>When batches can be run.</returns>
    /// <exception cref="Failures.ModelException">It cannot be loaded.</exception>
    Task LoadAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Embeds a batch.</summary>
    /// <param name="batch">One entry a text: its token ids, between 0 and <see cref="EmbeddingModelInfo.MaxTokens"/> of them.</param>
    /// <param name="cancellationToken">Abandons the batch where the runtime allows it.</param>
    /// <returns>One embedding a text, in order.</returns>
    /// <exception cref="Failures.EmbedderOutOfMemoryException">The batch does not fit in memory; a smaller one may.</exception>
    ValueTask<IReadOnlyList<Embedding>> EmbedAsync(IReadOnlyList<ReadOnlyMemory<int>> batch, CancellationToken cancellationToken);

    /// <summary>Embeds a batch of images; only where <see cref="EmbeddingModelInfo.EmbedsImages"/>.</summary>
    /// <param name="batch">The images, each of the size that the model takes.</param>
    /// <param name="cancellationToken">Abandons the batch where the runtime allows it.</param>
    /// <returns>One embedding an image, in order.</returns>
    /// <exception cref="Failures.EmbedderOutOfMemoryException">The batch does not fit in memory; a smaller one may.</exception>
    /// <exception cref="NotSupportedException">The model embeds text only.</exception>
    ValueTask<IReadOnlyList<Embedding>> EmbedImagesAsync(IReadOnlyList<PreparedImage> batch, CancellationToken cancellationToken) =>
        throw new NotSupportedException($"The model {Model.Name} embeds text; images were given to it.");
}
