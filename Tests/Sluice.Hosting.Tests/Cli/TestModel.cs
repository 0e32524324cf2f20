using Sluice.Actors.Embedding;
using Sluice.Hosting.Composition;
using Sluice.Streams.Chunks;
using Sluice.Streams.Vectors;
using Vector = Sluice.Streams.Vectors.Embedding;

namespace Sluice.Hosting.Tests.Cli;

/// <summary>A model of two dimensions: questions about memory point one way, all others the other.</summary>
internal sealed class TestModel(string name = "tiny", string fingerprint = "f1") : IModelHandle
{
    public EmbeddingModelInfo Info { get; } = new(name, fingerprint, EmbeddingKind.Dense, 2, 16, Distance.Cosine);

    public string Folder => "/models/" + Info.Name;

    public string Devices => "cpu";

    public int Sessions => 1;

    public ITokenizer Tokenizer => throw new NotSupportedException();

    public IReadOnlyList<ModelFact> Describe() => [new("tokenizer", "WordPiece, 10 ids, 2 added to each text", "tokenizer.json"), new("longest text", "16 tokens", "config.json")];

    public Task CheckAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public IEmbeddingService CreateService(int batchTokens, long maxWaitingTokens) => throw new NotSupportedException();

    public IEmbedder CreateEmbedder() => throw new NotSupportedException();

    public Task<Vector> EmbedQueryAsync(string question, CancellationToken cancellationToken) =>
        Task.FromResult<Vector>(new DenseEmbedding(question.Contains("memory", StringComparison.Ordinal) ? new float[] { 1, 0 } : [0, 1]));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
