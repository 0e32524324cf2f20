using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Sluice.Actors.Core.Indexing;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Simulators;
using Sluice.TestKit.Simulators.Elastic;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.Actors.Tests.Sinks.Elastic;

/// <summary>What becomes of records when the server fails, of Elasticsearch and of OpenSearch: nothing is lost, nothing doubled.</summary>
public sealed class ElasticFaultTests
{
    public static TheoryData<bool> Editions => [false, true];

    private static Func<SimulatorRequest, bool> Bulk => static request => request.Is("POST", "/*/_bulk");

    [Theory]
    [MemberData(nameof(Editions))]
    public async Task Write_ItemsWithoutRoom_AreSentAgainAlone(bool openSearch)
    {
        await using var harness = await StartAsync(openSearch);
        var records = Records("file:///a", 30);
        var refused = records.Where(static (_, i) => i % 10 == 3).Select(static record => record.Chunk.Id.ToString()).ToHashSet();
        var asked = new ConcurrentQueue<string>();
        harness.Simulator.RefuseItem = (_, id) =>
        {
            asked.Enqueue(id);
            return refused.Remove(id) ? (429, "es_rejected_execution_exception") : null;
        };
        (await harness.Writer.WriteAsync(records, default)).ShouldBeEmpty();
        asked.Count.ShouldBe(33);
        asked.Skip(30).ShouldBe(records.Where(static (_, i) => i % 10 == 3).Select(static record => record.Chunk.Id.ToString()));
        harness.Simulator.Requests.Count("POST", "/*/_bulk").ShouldBe(2);
        await harness.HoldsAsync(records);
    }

    [Theory]
    [MemberData(nameof(Editions))]
    public async Task Write_OneRecordRefused_IsDeadWithTheReasonAndTheOthersStored(bool openSearch)
    {
        await using var harness = await StartAsync(openSearch);
        var records = Records("file:///a", 12);
        harness.Simulator.RefuseItem = (_, id) => id == records[5].Chunk.Id.ToString() ? (400, "document_parsing_exception") : null;
        var failure = (await harness.Writer.WriteAsync(records, default)).Single();
        (failure.Chunk.Id, failure.Rejection.Reason).ShouldBe((records[5].Chunk.Id, Reasons.RefusedBySink));
        failure.Rejection.Message.ShouldContain("document_parsing_exception");
        await harness.HoldsAsync(records.Where((_, i) => i != 5));
        harness.Simulator.Requests.Count("POST", "/*/_bulk").ShouldBe(1, "per-item results tell which one it is");
    }

    /// <summary>A shard that is moving: the server answers 200 all the same, with what the others have.</summary>
    [Theory]
    [MemberData(nameof(Editions))]
    public async Task Read_AnsweredByAPartOfTheShards_IsNotTakenForAll(bool openSearch)
    {
        await using var harness = await StartAsync(openSearch);
        var records = Records("file:///a", 5);
        (await harness.Writer.WriteAsync(records, default)).ShouldBeEmpty();
        const string Part = """{"took":1,"timed_out":false,"count":0,"deleted":0,"version_conflicts":0,"failures":[],"_shards":{"total":2,"successful":1,"skipped":0,"failed":1},"hits":{"hits":[]}}""";
        const string Late = """{"took":1,"timed_out":true,"count":0,"deleted":0,"version_conflicts":0,"failures":[],"_shards":{"total":2,"successful":2,"skipped":0,"failed":0},"hits":{"hits":[]}}""";
        var waiting = new WaitingSink(harness.Writer);
        foreach (var answer in (string[])[Part, Late])
        {
            await PartlyAsync("/*/_count", answer, sink => sink.CountAsync(default));
            await PartlyAsync("/*/_search", answer, sink => sink.FetchEmbeddingsAsync([records[0].Chunk.Id], default));
            await PartlyAsync("/*/_search", answer, sink => sink.ReadRecordsAsync([records[0].Chunk.Id], default));
            await PartlyAsync("/*/_search", answer, sink => sink.SearchAsync(new SearchQuery("a", null, SearchMode.FullText, 5), default));
            await PartlyAsync("/_search", answer, async sink => await sink.ListIdsAsync(null, default).CountAsync());
        }

        await PartlyAsync("/*/_refresh", Part, async sink =>
        {
            await sink.MakeVisibleAsync(default);
            return true;
        });
        await PartlyAsync("/*/_delete_by_query", Late, async sink =>
        {
            await sink.DeleteDocumentsAsync([records[0].Document], default);
            return true;
        });
        (await harness.Sink.CountAsync(default)).ShouldBe(0);

        async Task PartlyAsync<T>(string path, string answer, Func<IVectorSink, Task<T>> read)
        {
            harness.Simulator.Faults.Next(request => request.Is("POST", path), Fault.Answer(SimulatorAnswer.Json(200, JsonNode.Parse(answer))));
            (await Should.ThrowAsync<TransientException>(() => read(harness.Sink))).Message.ShouldContain("answered only in part");
            harness.Simulator.Faults.Next(request => request.Is("POST", path), Fault.Answer(SimulatorAnswer.Json(200, JsonNode.Parse(answer))));
            await read(waiting);
        }
    }

    [Fact]
    public async Task Write_RefusalThatQuotesTheDocument_IsReportedWithoutIt()
    {
        await using var harness = await StartAsync(openSearch: false);
        var record = Record("file:///a", "a secret text", 1, static chunk => chunk with { Place = chunk.Place with { Page = int.MaxValue } });
        harness.Simulator.Faults.Next(Bulk, Fault.Answer(SimulatorAnswer.Json(200, JsonNode.Parse(
            """{"took":1,"errors":true,"items":[{"index":{"_index":"chunks","_id":"x","status":400,"error":{"type":"document_parsing_exception","reason":"[1:9] failed to parse field [place.page] of type [integer]. Preview of field's value: 'a secret text'"}}}]}"""))));
        var failure = (await harness.Writer.WriteAsync([record], default)).Single();
        failure.Rejection.Message.ShouldContain("failed to parse field [place.page]");
        failure.Rejection.Message.ShouldNotContain("secret");
    }

    [Theory]
    [MemberData(nameof(Editions))]
    public async Task Write_EveryFailureThatMayPass_LosesAndDoublesNothing(bool openSearch)
    {
        await using var harness = await StartAsync(openSearch, "?timeout=1");
        harness.Simulator.Faults.Next(
            Bulk,
            Fault.TooMany(),
            Fault.TooMany(retryAfterSeconds: 7),
            Fault.Answer(SimulatorAnswer.Json(429, JsonNode.Parse("""{"error":{"type":"circuit_breaking_exception","reason":"[parent] Data too large"},"status":429}"""))),
            Fault.Unavailable(),
            Fault.Answer(SimulatorAnswer.Json(503, JsonNode.Parse("""{"error":{"type":"unavailable_shards_exception","reason":"primary shard is not active"},"status":503}"""))),
            Fault.Reset(),
            Fault.ResetInAnswer(),
            Fault.Silent(),
            Fault.Slow(TimeSpan.FromMilliseconds(100)));
        var records = Records("file:///a", 50);
        (await harness.Writer.WriteAsync(records, default)).ShouldBeEmpty();
        await harness.HoldsAsync(records);
        harness.Time.Elapsed.ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(7), "Retry-After is the least that is waited");
    }

    [Theory]
    [MemberData(nameof(Editions))]
    public async Task Write_FailuresAtRandomUnderLoad_LosesAndDoublesNothing(bool openSearch)
    {
        await using var harness = await StartAsync(openSearch, change: static options => (options.Elasticsearch.MaxRecords, options.Opensearch.MaxRecords) = (25, 25));
        harness.Simulator.Faults.Sometimes(Bulk, 0.3, 7, Fault.TooMany(), Fault.Unavailable(), Fault.Reset(), Fault.ResetInAnswer());
        var draw = 0;
        harness.Simulator.RefuseItem = (_, _) => Interlocked.Increment(ref draw) % 11 == 0 ? (429, "es_rejected_execution_exception") : null;
        var records = Enumerable.Range(0, 8).Select(static i => Records($"file:///{i}", 150, 1 + (i * 1000))).ToList();
        var failures = await Task.WhenAll(records.Select(page => Task.Run(() => harness.Writer.WriteAsync(page, default))));
        failures.ShouldAllBe(static refused => refused.Count == 0);
        harness.Simulator.Faults.Clear();
        await harness.HoldsAsync(records.SelectMany(static page => page));
    }

    [Fact]
    public async Task Write_RequestTooLarge_IsHalvedUntilItFits()
    {
        await using var harness = await StartAsync(openSearch: false);
        harness.Simulator.MaxContentLength = 20_000;
        var records = Enumerable.Range(0, 200).Select(static i => Record($"file:///{i}", new string('x', 1_000) + i, i + 1)).ToList();
        (await harness.Writer.WriteAsync(records, default)).ShouldBeEmpty();
        await harness.HoldsAsync(records);
        harness.Simulator.Requests.Of("POST", "/*/_bulk").Where(static request => request.Status == 200).ShouldAllBe(static request => request.BodyBytes <= 20_000);
    }

    [Fact]
    public async Task Write_DiskFull_IsWaitedForInWords()
    {
        await using var harness = await StartAsync(openSearch: false);
        harness.Simulator.Faults.Next(Bulk, Fault.Answer(SimulatorAnswer.Json(429, JsonNode.Parse(
            """{"error":{"type":"cluster_block_exception","reason":"index [chunks] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block];"},"status":429}"""))));
        var exception = await Should.ThrowAsync<TransientException>(() => harness.Sink.UpsertAsync(Records("file:///a", 1), default));
        exception.Message.ShouldContain("make room");
        exception.IsThrottling.ShouldBeFalse();
    }

    [Fact]
    public async Task Read_FailuresThatPass_AreTriedAgain()
    {
        await using var harness = await StartAsync(openSearch: false);
        var records = Records("file:///a", 5);
        await harness.Sink.UpsertAsync(records, default);
        harness.Simulator.Faults.Next(static request => request.Is("POST", "/*/_count"), Fault.TooMany(), Fault.ResetInAnswer());
        (await harness.Sink.CountAsync(default)).ShouldBe(5);
    }

    [Fact]
    public async Task Upsert_AnswerThatIsNone_EndsTheRunInWords()
    {
        await using var harness = await StartAsync(openSearch: false);
        harness.Simulator.Faults.Next(2, Bulk, Fault.Answer(SimulatorAnswer.Text(200, "<html>login</html>", "text/html")));
        (await Should.ThrowAsync<StorageException>(() => harness.Sink.UpsertAsync(Records("file:///a", 1), default))).Message.ShouldContain("cannot be understood");
        harness.Simulator.Faults.Clear();
        harness.Simulator.Faults.Next(Bulk, Fault.Answer(SimulatorAnswer.Json(200, JsonNode.Parse("""{"errors":true,"items":[{"index":{"status":201}}]}"""))));
        (await Should.ThrowAsync<StorageException>(() => harness.Sink.UpsertAsync(Records("file:///a", 3), default))).Message.ShouldContain("1 actions; 3 were sent");
    }

    private static Task<ElasticHarness> StartAsync(bool openSearch, string parameters = "", Action<Actors.Sinks.SinkOptions>? change = null) =>
        ElasticHarness.StartAsync(openSearch ? ElasticEdition.OpenSearch : ElasticEdition.Elasticsearch, parameters, change);
}
