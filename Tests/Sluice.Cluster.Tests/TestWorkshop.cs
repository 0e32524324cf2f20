using Sluice.Actors.Chunking;
using Sluice.Actors.Core;
using Sluice.Actors.Embedding;
using Sluice.Actors.Parsing;
using Sluice.Actors.Parsing.Sources;
using Sluice.Actors.Sinks;
using Sluice.Cluster.Jobs;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Models;

namespace Sluice.Cluster.Tests;

/// <summary>Jobs over a folder with a model that only hashes, into a SQLite file that the nodes of one machine share.</summary>
internal sealed class TestWorkshop(string database) : IJobWorkshop
{
    public PipelineOptions Options { get; init; } = new()
    {
        Partitions = 6,
        RetryDelay = TimeSpan.FromMilliseconds(5),
        MaxRetryDelay = TimeSpan.FromMilliseconds(50),
        SinkFlushAge = TimeSpan.FromMilliseconds(5),
        BatchFlushAge = TimeSpan.FromMilliseconds(5),
    };

    public Func<IEmbedder> OpenEmbedder { get; init; } = static () => new HashingEmbedder();

    /// <summary>A model of files, instead of the one that hashes; whoever made it disposes of it.</summary>
    public EmbeddingModel? Model { get; init; }

    public Func<IVectorSink, IVectorSink> WrapSink { get; init; } = static sink => sink;

    public IJobParts Open(JobTicket ticket) => new Parts(this, ticket);

    public Func<JobTicket, IVectorSink, IVectorSink> WrapSinkOf { get; init; } = static (_, sink) => sink;

    public Func<IDocumentSource, IDocumentSource> WrapSource { get; init; } = static source => source;

    public Func<string, string, string?> FindModelFolder { get; init; } = static (_, _) => null;

    public Func<string, string, string> PlaceModel { get; init; } = static (_, _) => throw new NotSupportedException("the test's model is everywhere");

    public string? FindModel(string name, string fingerprint) => FindModelFolder(name, fingerprint);

    public string PlaceForModel(string name, string fingerprint) => PlaceModel(name, fingerprint);

    public IVectorSink OpenSink() => WrapSink(VectorSinks.Open("sqlite:" + database, new SinkOptions(), TimeProvider.System));

    private sealed class Parts(TestWorkshop workshop, JobTicket ticket) : IJobParts
    {
        private readonly Lazy<IVectorSink> _sink = new(() => workshop.WrapSinkOf(ticket, workshop.OpenSink()));

        public PipelineOptions Options { get; } = workshop.Options;

        public int EmbedSessions => 1;

        public PruneMode Prune => ticket.Settings.Contains("sluice.prune = always", StringComparison.Ordinal) ? PruneMode.Always : PruneMode.Ask;

        public string ModelName => "hashing";

        public IVectorSink Sink => _sink.Value;

        public IDocumentSource OpenSource(int index) => workshop.WrapSource(DocumentSources.Create(SourceLocation.ParseAbsolute(ticket.Sources[index]), new SourceOptions(), TimeProvider.System));

        public Task<JobModel> OpenModelAsync(CancellationToken cancellationToken)
        {
            if (workshop.Model is { } files)
            {
                var parser = DocumentParsers.ForImages(new ParsingOptions(), TimeProvider.System, files.Folder.Images!);
                return Task.FromResult(new JobModel(files.Info, parser, Chunkers.Create(new ChunkingOptions(), files.Tokenizer, files.Info), files.CreateEmbedder, "configuration of images"));
            }

            var model = new HashingEmbedder().Model;
            var chunker = Chunkers.Create(new ChunkingOptions { Size = 32, Overlap = "0", MinimumTokens = 4 }, new WordTokenizer(), model);
            return Task.FromResult(new JobModel(model, new DocumentParsers(new ParsingOptions(), TimeProvider.System), chunker, workshop.OpenEmbedder, "configuration 1"));
        }

        public ValueTask DisposeAsync() => _sink.IsValueCreated ? _sink.Value.DisposeAsync() : ValueTask.CompletedTask;
    }
}
