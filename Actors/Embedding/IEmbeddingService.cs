namespace Sluice.Actors.Embedding;

using Embedding = Sluice.Streams.Vectors.Embedding; // Here, because the namespace hides the type.

/// <summary>Embeds texts of many callers with one session. Safe for concurrent use.</summary>
public interface IEmbeddingService : IAsyncDisposable
{
    /// <summary>Embeds texts; each is cut to what the model takes.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="areQueries">Whether they are questions; otherwise documents.</param>
    /// <param name="cancellationToken">Gives up; what waits is dropped.</param>
    /// <returns>One embedding a text, in order, and the number of tokens of all.</returns>
    /// <exception cref="Sluice.Streams.Failures.TransientException">Too much waits; its <c>RetryAfter</c> says when to come again.</exception>
    /// <exception cref="Sluice.Streams.Failures.ModelException">The model cannot be loaded, or fails on one of the texts.</exception>
    Task<(IReadOnlyList<Embedding> Embeddings, long Tokens)> EmbedAsync(IReadOnlyList<string> texts, bool areQueries, CancellationToken cancellationToken);

    /// <summary>Embeds a question that somebody waits for: in the next batch, however much waits.</summary>
    /// <param name="question">The question; what is too long for the model is cut.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Its embedding.</returns>
    /// <exception cref="Sluice.Streams.Failures.ModelException">The model cannot be loaded, or fails on it.</exception>
    Task<Embedding> EmbedQuestionAsync(string question, CancellationToken cancellationToken);

    /// <summary>Keeps the first components of a dense vector, and brings what is left to unit length where the whole has it.</summary>
    /// <param name="embedding">The vector.</param>
    /// <param name="dimensions">Components to keep, 1 to the vector's own.</param>
    /// <returns>The shorter one.</returns>
    Embedding Shorten(Embedding embedding, int dimensions);
}
