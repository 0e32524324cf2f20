using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Actors.Chunking;
using Sluice.Actors.Parsing;
using Sluice.Actors.Parsing.Workers;
using Sluice.Cluster.Jobs;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Models;

namespace Sluice.ClusterRuns;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>A model without arithmetic: a fixed time a batch, a vector that follows from the tokens; with rows, one vector a row (late interaction).</summary>
internal static class LatencyModel
{
    /// <summary>Name of a file in the run's folder: while it is there, batches take no time.</summary>
    public const string HurryFile = "hurry";

    /// <summary>Name of a file in the run's folder: where it is, documents are parsed in worker processes, as the program does it.</summary>
    public const string WorkersFile = "workers";

    /// <summary>Makes it.</summary>
    /// <param name="latency">Time of a batch.</param>
    /// <param name="rows">0: a dense vector of 64. Else so many rows of 128.</param>
    /// <param name="folder">The run's folder.</param>
    public static JobModel Create(TimeSpan latency, int rows, string folder)
    {
        var info = rows == 0
            ? new HashingEmbedder().Model
            : new EmbeddingModelInfo("latency-multi", $"latency-multi-{rows}", EmbeddingKind.MultiVector, 128, 128, Distance.Cosine);
        var chunker = Chunkers.Create(new ChunkingOptions(), new WordTokenizer(), info);
        var hurry = Path.Combine(folder, HurryFile);
        IDocumentParser parser = File.Exists(Path.Combine(folder, WorkersFile))
            ? IsolatedParser.Create(new ParsingOptions(), images: null, documents: 2, TimeProvider.System, NullLoggerFactory.Instance)
            : new DocumentParsers(new ParsingOptions(), TimeProvider.System);
        return new JobModel(info, parser, chunker, () => new DelayedEmbedder(rows == 0 ? new HashingEmbedder() : new MultiEmbedder(info, rows), latency, hurry), $"latency {rows}");
    }

    private sealed class DelayedEmbedder(IEmbedder inner, TimeSpan latency, string hurryFile) : IEmbedder
    {
        public EmbeddingModelInfo Model => inner.Model;

        public async ValueTask<IReadOnlyList<Embedding>> EmbedAsync(IReadOnlyList<ReadOnlyMemory<int>> batch, CancellationToken cancellationToken)
        {
            if (latency > TimeSpan.Zero && !File.Exists(hurryFile))
            {
                await Task.Delay(latency, TimeProvider.System, cancellationToken);
            }

            return await inner.EmbedAsync(batch, cancellationToken);
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    private sealed class MultiEmbedder(EmbeddingModelInfo info, int rows) : IEmbedder
    {
        public EmbeddingModelInfo Model => info;

        public ValueTask<IReadOnlyList<Embedding>> EmbedAsync(IReadOnlyList<ReadOnlyMemory<int>> batch, CancellationToken cancellationToken) =>
            ValueTask.FromResult<IReadOnlyList<Embedding>>([.. batch.Select(tokens =>
            {
                var values = new float[rows * info.Dimension];
                values.AsSpan().Fill(tokens.Length > 0 ? tokens.Span[0] / (float)WordTokenizer.VocabularySize : 1);
                return (Embedding)new MultiVectorEmbedding(values, rows, info.Dimension);
            })]);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
