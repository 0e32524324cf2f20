using System.Globalization;
using Sluice.TestKit.Chroma;
using Sluice.TestKit.Simulators;
using Sluice.TestKit.Simulators.Elastic;
using Sluice.TestKit.Simulators.Milvus;
using Sluice.TestKit.Simulators.Pinecone;
using Sluice.TestKit.Simulators.Qdrant;
using Sluice.TestKit.Simulators.Weaviate;

namespace Sluice.Benchmarks;

/// <summary>A database to measure against, and how a sink and the official client reach it.</summary>
internal sealed class SinkSpeedTarget : IAsyncDisposable
{
    public static readonly IReadOnlyList<string> Names = ["qdrant", "pinecone", "weaviate", "elasticsearch", "opensearch", "milvus", "chroma"];

    private readonly IAsyncDisposable _server;

    private SinkSpeedTarget(IAsyncDisposable server) => _server = server;

    /// <summary>The sink's address.</summary>
    public required string Uri { get; init; }

    /// <summary>What the client is opened with.</summary>
    public required object Open { get; init; }

    /// <summary>The client's function that reads the records.</summary>
    public string Ready { get; init; } = "ready";

    /// <summary>What its function <c>bulk</c> gets, by size of a request and requests at once.</summary>
    public required Func<int, int, object> Bulk { get; init; }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    /// <summary>Starts it.</summary>
    /// <param name="database">One of <see cref="Names"/>.</param>
    /// <param name="folder">For files it needs.</param>
    public static async Task<SinkSpeedTarget> OpenAsync(string database, string folder)
    {
        if (database == "chroma")
        {
            var server = await ChromaTestServer.StartAsync();
            return new(server) { Uri = $"chroma://{server.Address}/bench", Open = new { host = server.Address.Split(':')[0], port = server.Port }, Bulk = (batch, parallel) => new { name = "bench", batch, parallel } };
        }

        DatabaseSimulator simulator = database switch
        {
            "weaviate" => new WeaviateSimulator { DiscardsWrites = true },
            "milvus" => new MilvusSimulator { DiscardsWrites = true },
            "qdrant" => new QdrantSimulator { Discard = static request => Taken(request, "PUT", "/collections/*/points", """{"result":{"operation_id":1,"status":"completed"},"status":"ok","time":0.0}""") },
            "pinecone" => new PineconeSimulator { Discard = static request => Taken(request, "POST", "/vectors/upsert", $$"""{"upsertedCount":{{request.Body.Span.Count("\"values\":"u8)}}}""") },
            "elasticsearch" => new ElasticSimulator(ElasticEdition.Elasticsearch) { Discard = DiscardBulk },
            "opensearch" => new ElasticSimulator(ElasticEdition.OpenSearch) { Discard = DiscardBulk },
            _ => throw new ArgumentException($"'{database}' is not measured here: {string.Join(", ", Names)}", nameof(database)),
        };
        await simulator.StartAsync();
        var (port, key) = (simulator.Port.ToString(CultureInfo.InvariantCulture), Path.Join(folder, "key"));
        await File.WriteAllTextAsync(key, "test-key");
        return database switch
        {
            "weaviate" => new(simulator)
            {
                Uri = string.Create(CultureInfo.InvariantCulture, $"weaviate://127.0.0.1:{port}/Bench?grpc-port={simulator.GrpcPort}"),
                Open = new { port = simulator.Port, grpcPort = simulator.GrpcPort },
                Ready = "load",
                Bulk = static (batch, parallel) => new { name = "Bench", batch, parallel },
            },
            "milvus" => new(simulator)
            {
                Uri = $"milvus://127.0.0.1:{port}/bench",
                Open = new { endpoint = simulator.Address },
                Ready = "load",
                Bulk = static (batch, parallel) => new { collectionName = "bench", batch, parallel },
            },
            "pinecone" => new(simulator)
            {
                Uri = $"pinecone://127.0.0.1:{port}/bench?api-key-file={System.Uri.EscapeDataString(key)}",
                Open = new { url = simulator.Address, apiKey = "test-key" },
                Bulk = static (_, parallel) => new { batch = 200, parallel }, // What fits into the 2 MB that Pinecone takes.
            },
            "qdrant" => new(simulator) { Uri = $"qdrant://127.0.0.1:{port}/bench", Open = new { url = simulator.Address }, Bulk = static (batch, parallel) => new { name = "bench", batch, parallel } },
            _ => new(simulator) { Uri = $"{database}://127.0.0.1:{port}/bench", Open = new { url = simulator.Address }, Bulk = static (_, _) => new { index = "bench" } },
        };
    }

    private static SimulatorAnswer? DiscardBulk(SimulatorRequest request) =>
        request.Path.EndsWith("/_bulk", StringComparison.Ordinal) ? SimulatorAnswer.Text(200, """{"took":1,"errors":false,"items":[]}""", "application/json").With("X-Elastic-Product", "Elasticsearch") : null;

    private static SimulatorAnswer? Taken(SimulatorRequest request, string method, string path, string answer) =>
        request.Is(method, path) ? SimulatorAnswer.Text(200, answer, "application/json") : null;
}
