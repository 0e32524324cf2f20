using Sluice.Actors.Embedding;
using Sluice.Actors.Parsing.Visual;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;
using Vector = Sluice.Streams.Vectors.Embedding;

namespace Sluice.Hosting.Composition;

/// <summary>An opened model. Its network is loaded by the first call that needs it. Safe for concurrent use, apart from the embedders it makes.</summary>
internal interface IModelHandle : IAsyncDisposable
{
    /// <summary>What there is to know of it.</summary>
    EmbeddingModelInfo Info { get; }

    /// <summary>Its folder.</summary>
    string Folder { get; }

    /// <summary>What it runs on, for people: <c>cpu</c>, <c>cuda:0</c>.</summary>
    string Devices { get; }

    /// <summary>Sessions of it that work at once, from 1.</summary>
    int Sessions { get; }

    /// <summary>Its tokenizer.</summary>
    ITokenizer Tokenizer { get; }

    /// <summary>How it wants its images; null for a model that embeds text.</summary>
    ImageRecipe? Images => null;

    /// <summary>Tells what was understood of its folder, and from which file.</summary>
    /// <returns>One entry a setting.</returns>
    IReadOnlyList<ModelFact> Describe();

    /// <summary>Tries it on two texts, unless that was done before: whether it loads and gives what it should.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>When it is known to work.</returns>
    /// <exception cref="Streams.Failures.ModelException">It cannot be used.</exception>
    Task CheckAsync(CancellationToken cancellationToken);

    /// <summary>Loads its network.</summary>
    /// <returns>The embedder, owned by the caller.</returns>
    IEmbedder CreateEmbedder();

    /// <summary>Starts embedding for many callers with one session.</summary>
    /// <param name="batchTokens">Most padded tokens of a batch; 0 for as many as turn out to be best.</param>
    /// <param name="maxWaitingTokens">Most tokens that wait.</param>
    /// <returns>The service, owned by the caller.</returns>
    IEmbeddingService CreateService(int batchTokens, long maxWaitingTokens);

    /// <summary>Embeds a question.</summary>
    /// <param name="question">The question; what is too long for the model is cut.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Its embedding.</returns>
    Task<Vector> EmbedQueryAsync(string question, CancellationToken cancellationToken);

    /// <summary>Embeds a picture by which others are searched; only where <see cref="Images"/> is not null.</summary>
    /// <param name="image">The picture, made ready by <see cref="Images"/>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Its embedding.</returns>
    Task<Vector> EmbedImageAsync(PreparedImage image, CancellationToken cancellationToken) => throw new NotSupportedException($"The model {Info.Name} embeds text.");
}

/// <summary>A model that can be used.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Folder">Its folder; null while the default model is not made ready yet.</param>
/// <param name="IsDefault">Whether it is the one that comes with Sluice.</param>
internal sealed record ModelEntry(string Name, string? Folder, bool IsDefault);
