using Akka.Actor;
using Sluice.Actors.Core.Partitions;
using Sluice.Cluster.Exchanges;
using Sluice.Cluster.Jobs;
using Sluice.Cluster.Models;
using Sluice.Cluster.Nodes;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Cluster.Tests.Wire;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>One message of every kind, each field set, the same every time.</summary>
internal static class WireSamples
{
    private static readonly DocumentId s_document = DocumentId.FromUri("file:///corpus/ä.md");
    private static readonly GroupId s_group = new(s_document, 7, 3);

    /// <summary>The samples that need no stream reference, by name.</summary>
    public static IReadOnlyDictionary<string, object> All(IActorRef owner, IActorRef? holder) => new Dictionary<string, object>(StringComparer.Ordinal)
    {
        ["chunk-group"] = new ChunkGroup(s_group, "file:///corpus/ä.md", [Chunk(1, [1, 2, 65_535]), Chunk(2, [70_000, 5])], owner) { Attempt = 4, Reused = [null, Dense()] },
        ["image-group"] = new ChunkGroup(s_group, "file:///corpus/ä.png", [Chunk(1, []) with { Image = new PreparedImage(2, 1, new byte[] { 0, 1, 127, 128, 254, 255 }, 50) }], owner) { Attempt = 1 },
        ["vector-group"] = Vectors(owner, holder),
        ["file-piece"] = new FilePiece("onnx/model.onnx", 1 << 33, new byte[] { 1, 2, 3 }),
        ["open-tap"] = new OpenTap(5, Stage.Vectors),
        ["tap-refused"] = new TapRefused(5, "not now"),
        ["close-tap"] = new CloseTap(5, 9, Drain: true),
        ["groups-stored"] = new GroupsStored(12, [new GroupStored(s_group, [new LedgerChunk(ChunkId.Create(s_document, "a", 0), -5)], [new ChunkFailure(Chunk(3, []) with { HeadingPath = [], Title = null, Metadata = null }, Rejection.Dead("embedding-failed", "it broke"))])]),
        ["groups-stored-taken"] = new GroupsStoredTaken(12),
        ["node-report"] = new ReportNode(new NodeReport("akka.tcp://sluice@h:1", 99, ["parse", "embed"], "0.1.0", 1, 1 << 30, true, [
            new JobReport(5, new Dictionary<string, long>(StringComparer.Ordinal) { ["tokens"] = 8 }, [new GaugeReport("sink", 1, 2, "bytes")], ["waits"])])),
        ["ask-nodes"] = AskNodes.Instance,
        ["nodes-known"] = new NodesKnown([new NodeReport("akka.tcp://sluice@h:1", 99, ["parse", "embed"], "0.1.0", 1, 1 << 30, true, [
            new JobReport(5, new Dictionary<string, long>(StringComparer.Ordinal) { ["tokens"] = 8 }, [new GaugeReport("sink", 1, 2, "bytes")], ["waits"])]) { Device = "cuda:0" }]),
        ["leave-node"] = LeaveNode.Instance,
        ["job-board"] = new JobBoard(3, [new JobTicket(5, "docs", ["/data", "s3://b/p"], "sluice.model = \"x\"", 20)
        {
            Source = 1,
            Partitions = 8,
            ModelFingerprint = "f00",
            Walk = new Walk(77, new WalkSpec(SourceScope.Parse("file:///data/"), "pgvector://h/db", "hash"), null),
        }], "another protocol"),
        ["run-partition"] = new RunPartition(5, 2, 77, Listed: true),
        ["partition-ended"] = new PartitionEnded(5, 77, 2),
        ["partition-failed"] = new PartitionFailed(5, 77, 2, "disk full", Final: true),
        ["find-model"] = new FindModel("bge", "f00"),
        ["model-found"] = new ModelFound("bge", "f00", [new ModelFile("config.json", 12, new byte[] { 9, 8 })]),
        ["fetch-model"] = new FetchModel("bge", "f00"),
    };

    private static DenseEmbedding Dense() => new(new float[] { 0.5f, -1, 3.25f });

    private static VectorGroup Vectors(IActorRef owner, IActorRef? holder)
    {
        Chunk[] chunks = [Chunk(1, []), Chunk(2, []), Chunk(3, [])];
        Embedding[] embeddings = [Dense(), new MultiVectorEmbedding(new float[] { 1, 2, 3, 4 }, 2, 2), new SparseEmbedding(new[] { 3, 900 }, new float[] { 0.25f, 2 })];
        var failed = Chunk(4, []);
        var group = new ChunkGroup(s_group, "file:///corpus/ä.md", [.. chunks, failed], owner) { Attempt = 2 };
        return new VectorGroup(
            group,
            [.. chunks.Zip(embeddings, static (chunk, embedding) => new VectorRecord(s_document, "file:///corpus/ä.md", chunk, embedding))],
            [new ChunkFailure(failed, Rejection.Dead("embedding-failed", "NaN"))]) { Holder = holder };
    }

    private static Chunk Chunk(int number, int[] tokens) =>
        new(ChunkId.Create(s_document, $"text {number}", number), $"text {number} with \u00e4, \U0001F600 and \0", tokens, new Place(number, number + 10) { Line = 1, Page = 2, Row = 3, Part = "sheet", Anchor = "a1" })
        {
            HeadingPath = ["One", "Two"],
            Title = "Title",
            Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["author"] = "Ä" },
        };
}
