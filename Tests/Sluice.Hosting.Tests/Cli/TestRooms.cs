using Sluice.Actors.Parsing.Sources;
using Sluice.Hosting.Composition;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Tests.Cli;

/// <summary>Rooms of which a test joins only those that its verb may need; any other is a failure.</summary>
internal sealed class TestRooms : ISluiceRooms
{
    public Func<IVectorSink>? Sink { get; init; }

    public Func<ILedger>? Ledger { get; init; }

    public Func<string, IModelHandle>? Model { get; init; }

    public Func<IngestionPlan, IIngestion>? Ingestion { get; init; }

    public IDocumentSource? Source { get; init; }

    public Func<bool, VerificationResult>? Verification { get; init; }

    public IDocumentParser CreateParser(IModelHandle model) => new NamedParser();

    public IDocumentSource OpenSource(SourceLocation location, IReadOnlyList<string> ownFiles) => Source ?? throw NotJoined();

    public Task<IModelHandle> OpenModelAsync(string model, Action<string> notify, CancellationToken cancellationToken) =>
        Task.FromResult(Model?.Invoke(model) ?? throw NotJoined());

    public Task<IModelHandle> OpenModelAsync(CollectionInfo collection, Action<string> notify, CancellationToken cancellationToken) => OpenModelAsync(collection.ModelName, notify, cancellationToken);

    public string? DescribeModel(CollectionInfo collection) => "--model " + collection.ModelName;

    public IReadOnlyList<ModelEntry> ListModels() => [new("use-lite", null, true), new("mine", "/models/mine", false)];

    public IChunker CreateChunker(IModelHandle model) => new NamedChunker();

    public ILedger OpenLedger(string uri) => Ledger?.Invoke() ?? throw NotJoined();

    public IVectorSink OpenSink(string uri) => Sink?.Invoke() ?? throw NotJoined();

    public Task<VerificationResult> VerifyAsync(IVectorSink sink, ILedger ledger, bool repair, CancellationToken cancellationToken) =>
        Task.FromResult(Verification?.Invoke(repair) ?? throw NotJoined());

    public IIngestion CreateIngestion(IngestionPlan plan, Action<string> notify) => Ingestion?.Invoke(plan) ?? throw NotJoined();

    public FanOutIngestion CreateFanOut(IReadOnlyList<IngestionPlan> plans, Action<string> notify) => throw NotJoined();

    private static InvalidOperationException NotJoined() => new("This verb should not need this room.");

    private sealed class NamedParser : IDocumentParser
    {
        public string Fingerprint => "parser 1";

        public IAsyncEnumerable<Section> ParseAsync(DocumentContent content, CancellationToken cancellationToken) => throw NotJoined();
    }

    private sealed class NamedChunker : IChunker
    {
        public string Fingerprint => "chunker 1";

        public IChunkSession Begin(DocumentId document) => throw NotJoined();
    }
}
