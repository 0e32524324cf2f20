using Akka.Actor;
using Sluice.Actors.Chunking;
using Sluice.Actors.Core;
using Sluice.Actors.Embedding;
using Sluice.Actors.Parsing;
using Sluice.Actors.Parsing.Sources;
using Sluice.Actors.Sinks;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Benchmarks;

/// <summary>A run of the whole pipeline inside this process, into a database in a folder of its own.</summary>
internal static class PipelineRun
{
    public static async Task<IngestionReport> RunAsync(string corpus, EmbeddingModel model, Func<IEmbedder> openEmbedder, Func<IVectorSink, IVectorSink> wrapSink, ChunkingOptions? chunking = null, Func<IVectorSink, Task>? afterwards = null, int sessions = 1)
    {
        var scratch = Directory.CreateTempSubdirectory("sluice-bench-");
        using var system = ActorSystem.Create("bench", "akka.log-dead-letters = off\nakka.log-dead-letters-during-shutdown = off\nakka.loglevel = WARNING");
        try
        {
            var uri = $"sqlite:{Path.Combine(scratch.FullName, "bench.db")}";
            await using var sink = wrapSink(VectorSinks.Open(uri, new SinkOptions(), TimeProvider.System));
            await using var ledger = Sluice.Actors.Ledgers.Ledgers.Open(uri, TimeProvider.System);
            await ledger.InitializeAsync(CancellationToken.None);
            await using var lease = await ledger.AcquireAsync(new LeaseRequest("bench"), CancellationToken.None);
            var parts = new IngestionParts(
                new DocumentParsers(new ParsingOptions(), TimeProvider.System),
                Chunkers.Create(chunking ?? new ChunkingOptions(), model.Tokenizer, model.Info),
                model.Info,
                openEmbedder,
                sink,
                ledger)
            {
                Sessions = sessions,
            };
            var engine = new IngestionEngine(system, parts, new PipelineOptions(), TimeProvider.System);
            var report = await engine.RunAsync(new IngestionRequest(DocumentSources.Create(SourceLocation.ParseAbsolute(corpus), new SourceOptions(), TimeProvider.System), "bench"), CancellationToken.None);
            await (afterwards?.Invoke(sink) ?? Task.CompletedTask);
            return report;
        }
        finally
        {
            await system.Terminate();
            scratch.Delete(recursive: true);
        }
    }
}
