using Sluice.Actors.Embedding;
using Sluice.Actors.Parsing.Visual;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;
using Vector = Sluice.Streams.Vectors.Embedding;

namespace Sluice.Hosting.Composition;

/// <summary>An opened model folder.</summary>
internal sealed class ModelHandle(EmbeddingModel model) : IModelHandle
{
    /// <inheritdoc/>
    public EmbeddingModelInfo Info => model.Info;

    /// <inheritdoc/>
    public string Folder => model.Folder.FolderPath;

    /// <inheritdoc/>
    public string Devices => model.Devices;

    /// <inheritdoc/>
    public ITokenizer Tokenizer => model.Tokenizer;

    /// <inheritdoc/>
    public ImageRecipe? Images => model.Folder.Images;

    /// <inheritdoc/>
    public IReadOnlyList<ModelFact> Describe() => model.Describe();

    /// <inheritdoc/>
    public Task CheckAsync(CancellationToken cancellationToken) => model.CheckAsync(cancellationToken);

    /// <inheritdoc/>
    public int Sessions => model.Sessions;

    public IEmbedder CreateEmbedder() => model.CreateEmbedder();

    /// <inheritdoc/>
    public IEmbeddingService CreateService(int batchTokens, long maxWaitingTokens) => new EmbeddingService(model, batchTokens, maxWaitingTokens);

    /// <inheritdoc/>
    public Task<Vector> EmbedQueryAsync(string question, CancellationToken cancellationToken) => model.EmbedQueryAsync(question, cancellationToken).AsTask();

    /// <inheritdoc/>
    public Task<Vector> EmbedImageAsync(PreparedImage image, CancellationToken cancellationToken) => model.EmbedImageAsync(image, cancellationToken).AsTask();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => model.DisposeAsync();
}
