using System.Text.Json.Nodes;
using Sluice.Actors.Sinks;
using Sluice.Actors.Tests.Sinks.Simulators;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Simulators;
using Sluice.TestKit.Simulators.Qdrant;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.Actors.Tests.Sinks.Qdrant;

public sealed class QdrantFaultTests : SinkFaultTests
{
    protected override DatabaseSimulator Server { get; } = new QdrantSimulator { OptimizingReports = 2 };

    protected override SimulatorAnswer Refusal => Error(400, "Wrong input: Vector dimension error: expected dim: 16, got 15");

    protected override string RefusalWords => "Vector dimension error";

    protected override SimulatorAnswer TooLarge => Error(400, "Payload error: JSON payload (9000 bytes) is larger than allowed (limit: 8000 bytes).");

    protected override SimulatorAnswer KeyRefusal => SimulatorAnswer.Text(401, "Must provide an API key or an Authorization bearer token");

    [Fact]
    public async Task Upsert_ServerOnlyQueuesIt_IsNotTakenForDone()
    {
        Server.Faults.Next(IsWrite, Fault.AnswerAfter(SimulatorAnswer.Json(200, new JsonObject { ["result"] = new JsonObject { ["operation_id"] = 1, ["status"] = "wait_timeout" }, ["status"] = "ok", ["time"] = 60 })));
        (await Should.ThrowAsync<TransientException>(() => Sink.UpsertAsync(Records("file:///a", 3), None))).Message.ShouldContain("wait_timeout");
    }

    [Fact]
    public async Task Upsert_MoreThanThirtyTwoMegabytes_TheServersOwnLimitIsKept()
    {
        var texts = Enumerable.Range(0, 34).Select(static i => Record("file:///long", $"{i} " + new string('x', 1 << 20), i)).ToList();
        (await WriteAsync(texts, Sink)).ShouldBeEmpty();
        Server.Requests.Of("PUT", "/collections/*/points").ShouldAllBe(static entry => entry.Status == 200);
        await ExpectStoredAsync(texts);
    }

    [Fact]
    public async Task Relocate_DeletedInBetween_TheOthersAreWritten()
    {
        var records = Records("file:///a", 3);
        await WriteAsync(records, Sink);
        var once = 0;
        Server.Faults.Next(static request => request.Is("POST", "/collections/*/points/batch"), Fault.Answer(_ =>
        {
            once++;
            return Error(404, $"Not found: No point with id {records[1].Chunk.Id} found");
        }));
        await Sink.RelocateAsync([.. records.Select(static record => record.Chunk with { Title = "moved" })], None);
        once.ShouldBe(1);
        (await Sink.ReadRecordsAsync([records[2].Chunk.Id], None)).Single().Chunk.Title.ShouldBe("moved");
    }

    [Fact]
    public async Task BulkLoad_EndedOrLeftByACrash_IsPutBack()
    {
        var bulk = (IBulkLoading)Sink;
        await bulk.BeginBulkLoadAsync(None);
        await bulk.BeginBulkLoadAsync(None);
        (await ThresholdAsync()).ShouldBe(0);
        await bulk.EndBulkLoadAsync(None);
        await bulk.EndBulkLoadAsync(None);
        (await ThresholdAsync()).ShouldBe(20_000);

        await bulk.BeginBulkLoadAsync(None);
        await using var next = Open(TimeProvider.System);
        (await ThresholdAsync()).ShouldBe(0);
        await next.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        (await ThresholdAsync()).ShouldBe(20_000);
    }

    protected override IVectorSink Open(TimeProvider time) => VectorSinks.Open($"qdrant://127.0.0.1:{Server.Port}/docs", new SinkOptions(), time);

    protected override bool IsWrite(SimulatorRequest request) => request.Is("PUT", "/collections/*/points");

    protected override Fault RateLimit(int? retryAfterSeconds) => QdrantSimulator.RateLimit(retryAfterSeconds);

    private static SimulatorAnswer Error(int status, string message) => SimulatorAnswer.Json(status, new JsonObject { ["status"] = new JsonObject { ["error"] = message }, ["time"] = 0.1 });

    private async Task<long> ThresholdAsync()
    {
        using var http = new HttpClient();
        var described = JsonNode.Parse(await http.GetStringAsync(new Uri($"{Server.Address}/collections/docs")))!;
        return described["result"]!["config"]!["optimizer_config"]!["indexing_threshold"]!.GetValue<long>();
    }
}
