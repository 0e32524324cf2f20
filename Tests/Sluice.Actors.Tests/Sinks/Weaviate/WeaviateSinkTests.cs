using Sluice.Actors.Sinks;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Simulators;
using Sluice.TestKit.Simulators.Weaviate;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.Actors.Tests.Sinks.Weaviate;

public sealed class WeaviateSinkTests : IAsyncLifetime
{
    private readonly WeaviateSimulator _simulator = new();

    private static CancellationToken None => CancellationToken.None;

    public async Task InitializeAsync() => await _simulator.StartAsync();

    public async Task DisposeAsync() => await _simulator.DisposeAsync();

    private static bool IsBatch(SimulatorRequest request) => request.Path == WeaviateSimulator.BatchObjects;

    private IVectorSink Open(string more = "", SinkOptions? options = null) => WeaviateFixture.Open(WeaviateFixture.Uri(_simulator, "Docs", more), options);

    private async Task<IVectorSink> FilledAsync(params VectorRecord[] records)
    {
        var sink = Open();
        await sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        (await sink.UpsertAsync(records, None)).ShouldBeEmpty();
        return sink;
    }

    public static TheoryData<string, Fault> PassingFaults => new()
    {
        { "unavailable", Fault.Answer(GrpcAnswer.Error(GrpcAnswer.Unavailable, "shutting down")) },
        { "exhausted", Fault.Answer(GrpcAnswer.Error(GrpcAnswer.ResourceExhausted, "too many requests").With("retry-after", "7")) },
        { "memory", Fault.Answer(GrpcAnswer.Error(GrpcAnswer.Unknown, "batch objects: not enough memory")) },
        { "429 of a proxy", Fault.TooMany() },
        { "429 of a proxy with Retry-After", Fault.TooMany(7) },
        { "503 of a proxy", Fault.Unavailable() },
        { "reset", Fault.Reset() },
        { "reset in the answer", Fault.ResetInAnswer() },
    };

    [Theory]
    [MemberData(nameof(PassingFaults))]
    public async Task UpsertAsync_PassingFault_IsTransientAndWritingAgainDoublesNothing(string name, Fault fault)
    {
        await using var sink = await FilledAsync();
        _simulator.Faults.Next(IsBatch, fault);
        var records = Records("file:///a", 20);
        var exception = await Should.ThrowAsync<TransientException>(() => sink.UpsertAsync(records, None), name);
        exception.Message.ShouldContain("Weaviate at 127.0.0.1");
        exception.RetryAfter.ShouldBe(name is "exhausted" or "429 of a proxy with Retry-After" ? TimeSpan.FromSeconds(7) : null);

        (await sink.UpsertAsync(records, None)).ShouldBeEmpty();
        (await sink.CountAsync(None)).ShouldBe(20);
    }

    [Fact]
    public async Task Writing_ManyFaults_LosesAndDoublesNothing()
    {
        await using var sink = Open();
        await WritingUnderFaults.RunAsync(
            sink,
            _simulator,
            IsBatch,
            Fault.Answer(GrpcAnswer.Error(GrpcAnswer.Unavailable, "shutting down")),
            Fault.Answer(GrpcAnswer.Error(GrpcAnswer.ResourceExhausted, "grpc: received message larger than max (9 vs. 8)")),
            Fault.Answer(GrpcAnswer.Error(GrpcAnswer.Unknown, "not enough memory")),
            Fault.Reset(),
            Fault.ResetInAnswer(),
            Fault.Unavailable(),
            Fault.Slow(TimeSpan.FromMilliseconds(20)));
    }

    [Fact]
    public async Task UpsertAsync_Silent_EndsAtTheTimeLimit()
    {
        await using var sink = Open("&timeout=1");
        await sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        _simulator.Faults.Next(IsBatch, Fault.Silent());
        (await Should.ThrowAsync<TransientException>(() => sink.UpsertAsync(Records("file:///a", 2), None))).Message.ShouldContain("1 s");
    }

    [Fact]
    public async Task UpsertAsync_SomeRefused_NamesThoseAlone()
    {
        await using var sink = await FilledAsync();
        var records = Records("file:///a", 10);
        _simulator.RefuseObject = id => id == records[4].Chunk.Id.ToString() ? "invalid text property 'text' on class 'Docs'" : null;
        var failure = (await sink.UpsertAsync(records, None)).Single();
        (failure.Chunk.Id, failure.Rejection.Reason).ShouldBe((records[4].Chunk.Id, Reasons.RefusedBySink));
        failure.Rejection.Message.ShouldContain("invalid text property");
        (await sink.CountAsync(None)).ShouldBe(9);
    }

    [Fact]
    public async Task UpsertAsync_SomeRefusedForNow_IsTransient()
    {
        await using var sink = await FilledAsync();
        var records = Records("file:///a", 10);
        _simulator.RefuseObject = id => id == records[4].Chunk.Id.ToString() ? "put object: shard s0: store is read-only" : null;
        (await Should.ThrowAsync<TransientException>(() => sink.UpsertAsync(records, None))).Message.ShouldContain("read-only");
        _simulator.RefuseObject = null;
        (await sink.UpsertAsync(records, None)).ShouldBeEmpty();
        (await sink.CountAsync(None)).ShouldBe(10);
    }

    [Fact]
    public async Task UpsertAsync_MessageTooLarge_AsksForLess()
    {
        await using var sink = await FilledAsync();
        _simulator.MaxMessageBytes = 20_000;
        var exception = await Should.ThrowAsync<RequestTooLargeException>(() => sink.UpsertAsync(Records("file:///a", 100), None));
        exception.IsCertain.ShouldBeTrue();
        (await sink.UpsertAsync(Records("file:///a", 10), None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task UpsertAsync_ClassDroppedByOthers_SaysSoInsteadOfWritingIntoAnother()
    {
        await using var sink = await FilledAsync([.. Records("file:///a", 3)]);
        await using (var other = Open())
        {
            await other.DropCollectionAsync(None);
        }

        // AutoSchema makes a class of its own; the next run finds that it is none of Sluice's.
        await sink.UpsertAsync(Records("file:///a", 3), None);
        await using var again = Open();
        (await Should.ThrowAsync<StorageException>(() => again.EnsureCollectionAsync(new CollectionSpec(Model()), None))).Message.ShouldContain("not made by Sluice");
    }

    [Fact]
    public async Task ReadsAsync_PassingFaults_AreTriedAgain()
    {
        await using var sink = await FilledAsync([.. Records("file:///a", 3)]);
        _simulator.Faults.Next(2, static request => request.Path == WeaviateSimulator.Search, Fault.Answer(GrpcAnswer.Error(GrpcAnswer.Unavailable, "leader not found")));
        (await sink.FetchEmbeddingsAsync([.. Records("file:///a", 3).Select(static record => record.Chunk.Id)], None)).Count.ShouldBe(3);
        _simulator.Requests.Count("POST", WeaviateSimulator.Search).ShouldBe(3);
    }

    [Fact]
    public async Task EnsureCollectionAsync_UsageLimit_StopsWithWords()
    {
        _simulator.MaxClasses = 0;
        await using var sink = Open();
        (await Should.ThrowAsync<StorageException>(() => sink.EnsureCollectionAsync(new CollectionSpec(Model()), None))).Message.ShouldContain("USAGE_LIMIT_EXCEEDED");
        _simulator.Requests.Count("POST", "/v1/schema").ShouldBe(1);
    }

    [Fact]
    public async Task EnsureCollectionAsync_ManyAtOnce_AgreeOnOne()
    {
        var sinks = Enumerable.Range(0, 8).Select(_ => Open()).ToList();
        await Task.WhenAll(sinks.Select(static sink => sink.EnsureCollectionAsync(new CollectionSpec(Model()), None)));
        foreach (var sink in sinks)
        {
            (await sink.DescribeAsync(None))!.Dimension.ShouldBe(Dimension);
            await sink.DisposeAsync();
        }
    }

    [Fact]
    public async Task DeleteDocumentsAsync_MoreThanTheServerDeletesAtOnce_DeletesAll()
    {
        await using var sink = await FilledAsync(Record("file:///keep", "kept", 1));
        foreach (var page in Records("file:///big", 12_500, 10).Chunk(2_500))
        {
            (await sink.UpsertAsync(page, None)).ShouldBeEmpty();
        }

        // A document of more chunks than a filter may give at once is listed by the cursor.
        var listed = 0;
        await foreach (var page in sink.ListIdsAsync(DocumentId.FromUri("file:///big"), None))
        {
            page.ShouldAllBe(static id => id.Document == DocumentId.FromUri("file:///big"));
            listed += page.Count;
        }

        listed.ShouldBe(12_500);
        await sink.DeleteDocumentsAsync([DocumentId.FromUri("file:///big")], None);
        (await sink.CountAsync(None)).ShouldBe(1);
    }

    [Fact]
    public async Task MakeVisibleAsync_IndexBehindWrites_WaitsForIt()
    {
        await using var sink = await FilledAsync([.. Records("file:///a", 3)]);
        _simulator.Queued = 2;
        await sink.MakeVisibleAsync(None);
        _simulator.Requests.Count("GET", "/v1/nodes/Docs").ShouldBe(3);
    }

    [Fact]
    public async Task SecretAsync_FromAFile_IsSentAndNeverShown()
    {
        await using var guarded = new WeaviateSimulator { ApiKey = "hunter-two-key" };
        await guarded.StartAsync();
        var file = Path.Join(Path.GetTempPath(), $"weaviate-key-{Guid.NewGuid():N}");
        try
        {
            await File.WriteAllTextAsync(file, "hunter-two-key\n");
            await using (var sink = WeaviateFixture.Open(WeaviateFixture.Uri(guarded, "Docs", $"&api-key-file={Uri.EscapeDataString(file)}")))
            {
                await sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
                (await sink.UpsertAsync(Records("file:///a", 2), None)).ShouldBeEmpty();
                (await sink.CountAsync(None)).ShouldBe(2);
                sink.Name.ShouldNotContain("hunter");
            }

            await using var keyless = WeaviateFixture.Open(WeaviateFixture.Uri(guarded, "Docs"));
            (await Should.ThrowAsync<StorageException>(() => keyless.CountAsync(None))).Message.ShouldContain("WEAVIATE_API_KEY");

            await File.WriteAllTextAsync(file, "another-wrong-key");
            await using var wrong = WeaviateFixture.Open(WeaviateFixture.Uri(guarded, "Docs", $"&api-key-file={Uri.EscapeDataString(file)}"));
            var refused = await Should.ThrowAsync<StorageException>(() => wrong.CountAsync(None));
            refused.Message.ShouldContain("401");
            refused.Message.ShouldNotContain("another-wrong-key");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("weaviate://127.0.0.1:8080/docs", "capital letter")]
    [InlineData("weaviate://127.0.0.1:8080/Docs?grpc-port=0", "grpc-port")]
    [InlineData("weaviate://127.0.0.1:8080/Docs?consistency=some", "quorum")]
    [InlineData("weaviate://127.0.0.1:8080/Docs?grpc-prot=1", "did you mean grpc-port")]
    [InlineData("weaviate://key@127.0.0.1:8080/Docs", "api-key-file")]
    public void Open_IllegalAddress_SaysWhatIsLegal(string uri, string named) =>
        Should.Throw<ConfigurationException>(() => WeaviateFixture.Open(uri)).Message.ShouldContain(named);

    [Fact]
    public async Task ListIdsAsync_ObjectOfOthers_IsListedSoThatItCanBeRemoved()
    {
        await using var sink = await FilledAsync([.. Records("file:///a", 2)]);
        var foreign = Guid.NewGuid();
        using var http = new HttpClient();
        using var body = new StringContent($$$"""{"class":"Docs","id":"{{{foreign}}}","properties":{"note":"mine"}}""", System.Text.Encoding.UTF8, "application/json");
        (await http.PostAsync(new Uri($"{_simulator.Address}/v1/objects"), body)).EnsureSuccessStatusCode();
        var listed = new List<StoredChunkId>();
        await foreach (var page in sink.ListIdsAsync(null, None))
        {
            listed.AddRange(page);
        }

        listed.Count.ShouldBe(3);
        listed.ShouldContain(new StoredChunkId(new DocumentId(Guid.Empty), new ChunkId(foreign)));
        await sink.DeleteAsync([new ChunkId(foreign)], None);
        (await sink.CountAsync(None)).ShouldBe(2);
    }
}
