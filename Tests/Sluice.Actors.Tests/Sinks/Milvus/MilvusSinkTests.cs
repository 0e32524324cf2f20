using System.Text;
using Sluice.Actors.Sinks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Simulators;
using Sluice.TestKit.Simulators.Milvus;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.Actors.Tests.Sinks.Milvus;

public sealed class MilvusSinkTests : IAsyncLifetime
{
    private const string Upsert = "/v2/vectordb/entities/upsert";

    private readonly MilvusSimulator _simulator = new();

    private static CancellationToken None => CancellationToken.None;

    public async Task InitializeAsync() => await _simulator.StartAsync();

    public async Task DisposeAsync() => await _simulator.DisposeAsync();

    private static bool IsUpsert(SimulatorRequest request) => request.Path == Upsert;

    private static IVectorSink Open(MilvusSimulator simulator, string more = "", string collection = "docs") =>
        VectorSinks.Open($"milvus://127.0.0.1:{simulator.Port}/{collection}{more}", new SinkOptions(), TimeProvider.System);

    private IVectorSink Open(string more = "") => Open(_simulator, more);

    private async Task<IVectorSink> FilledAsync(params VectorRecord[] records)
    {
        var sink = Open();
        await sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        (await sink.UpsertAsync(records, None)).ShouldBeEmpty();
        return sink;
    }

    public static TheoryData<string, Fault> PassingFaults => new()
    {
        { "rate limit inside a 200", Fault.Answer(MilvusSimulator.Code(8, "rate limit exceeded[rate=100]: request is rejected by grpc RateLimiter middleware, please retry later")) },
        { "not ready", Fault.Answer(MilvusSimulator.Code(1, "service not ready[proxy=1]: Initializing")) },
        { "code behind a status", Fault.Answer(SimulatorAnswer.Text(500, """{"code":8,"message":"rate limit exceeded"}""", "application/json")) },
        { "unexpected, but passing", Fault.Answer(MilvusSimulator.Code(65_535, "context deadline exceeded")) },
        { "408", Fault.Answer(SimulatorAnswer.Text(408, "")) },
        { "429", Fault.TooMany() },
        { "429 with Retry-After", Fault.TooMany(9) },
        { "503 of a proxy", Fault.Unavailable() },
        { "reset", Fault.Reset() },
        { "reset in the answer", Fault.ResetInAnswer() },
    };

    [Theory]
    [MemberData(nameof(PassingFaults))]
    public async Task UpsertAsync_PassingFault_IsTransientAndWritingAgainDoublesNothing(string name, Fault fault)
    {
        await using var sink = await FilledAsync();
        _simulator.Faults.Next(IsUpsert, fault);
        var records = Records("file:///a", 20);
        var exception = await Should.ThrowAsync<TransientException>(() => sink.UpsertAsync(records, None), name);
        exception.Message.ShouldContain("Milvus at 127.0.0.1");
        exception.RetryAfter.ShouldBe(name == "429 with Retry-After" ? TimeSpan.FromSeconds(9) : null);
        (await sink.UpsertAsync(records, None)).ShouldBeEmpty();
        (await sink.CountAsync(None)).ShouldBe(20);
    }

    [Theory]
    [InlineData("""{"code":0}""")]
    [InlineData("""{"code":0,"data":null}""")]
    [InlineData("""{"code":0,"data":[]}""")]
    [InlineData("""{"code":0,"data":[{}]}""")]
    [InlineData("""{"code":0,"data":[{"count(*)":"many"}]}""")]
    public async Task CountAsync_AnswerWithoutWhatWasAskedFor_IsAskedAgain(string answer)
    {
        await using var sink = await FilledAsync(Record("file:///a", "text", 1));
        _simulator.Faults.Next(static request => request.Path == "/v2/vectordb/entities/query", Fault.Answer(SimulatorAnswer.Text(200, answer, "application/json")));
        (await sink.CountAsync(None)).ShouldBe(1);
    }

    [Fact]
    public async Task DescribeAsync_AnswersWithoutData_AreAFailureThatMayPass()
    {
        await using var sink = await FilledAsync();
        _simulator.Faults.Always(static request => request.Path == "/v2/vectordb/collections/describe", Fault.Answer(SimulatorAnswer.Text(200, """{"code":0}""", "application/json")));
        (await Should.ThrowAsync<TransientException>(() => sink.DescribeAsync(None))).Message.ShouldContain("lacks what was asked for");
    }

    [Theory]
    [InlineData(3, "memory limit exceeded")]
    [InlineData(7, "disk quota exceeded")]
    [InlineData(9, "quota exceeded[reason=memory quota exceeded, please allocate more resources]")]
    public async Task UpsertAsync_QuotaCode_StopsWithWords(int code, string message)
    {
        await using var sink = await FilledAsync();
        _simulator.Faults.Always(IsUpsert, Fault.Answer(MilvusSimulator.Code(code, message)));
        (await Should.ThrowAsync<StorageException>(() => sink.UpsertAsync(Records("file:///a", 2), None))).Message.ShouldContain("Raise the quota");
        _simulator.Requests.Count("POST", Upsert).ShouldBe(1);
    }

    [Fact]
    public async Task Writing_ManyFaults_LosesAndDoublesNothing()
    {
        await using var sink = Open();
        await WritingUnderFaults.RunAsync(
            sink,
            _simulator,
            IsUpsert,
            Fault.Answer(MilvusSimulator.Code(8, "rate limit exceeded")),
            Fault.Answer(MilvusSimulator.Code(65_535, "grpc: received message larger than max (9 vs. 8)")),
            Fault.Answer(MilvusSimulator.Code(1804, "fail to deal the insert data")),
            Fault.Reset(),
            Fault.ResetInAnswer(),
            Fault.Unavailable(),
            Fault.TooMany(),
            Fault.Slow(TimeSpan.FromMilliseconds(20)));
    }

    [Fact]
    public async Task UpsertAsync_Silent_EndsAtTheTimeLimit()
    {
        await using var sink = Open("?timeout=1");
        await sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        _simulator.Faults.Next(IsUpsert, Fault.Silent());
        (await Should.ThrowAsync<TransientException>(() => sink.UpsertAsync(Records("file:///a", 2), None))).Message.ShouldContain("1 s");
    }

    [Fact]
    public async Task UpsertAsync_RequestTooLarge_AsksForLess()
    {
        await using var sink = await FilledAsync();
        _simulator.MaxRequestBytes = 30_000;
        (await Should.ThrowAsync<RequestTooLargeException>(() => sink.UpsertAsync(Records("file:///a", 100), None))).IsCertain.ShouldBeTrue();
        (await sink.UpsertAsync(Records("file:///a", 10), None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task UpsertAsync_RefusedData_IsLeftToBisection()
    {
        await using var sink = await FilledAsync();
        _simulator.Faults.Next(IsUpsert, Fault.Answer(MilvusSimulator.Code(1804, "fail to deal the insert data, error: field x")));
        (await Should.ThrowAsync<RequestRefusedException>(() => sink.UpsertAsync(Records("file:///a", 2), None))).Message.ShouldContain("1804");
    }

    [Fact]
    public async Task UpsertAsync_TextOfSeveralFields_IsKeptWholeAndSaysWhatIsNotFound()
    {
        var text = string.Concat(Enumerable.Range(0, 30_000).Select(static i => $"wörd{i}🦊 "));
        Encoding.UTF8.GetByteCount(text).ShouldBeGreaterThan(4 * 65_535);
        await using var sink = await FilledAsync(Record("file:///long", text, 1), Record("file:///short", "short", 2));
        (await sink.SearchAsync(new SearchQuery("", new DenseEmbedding(Vector(1)), SearchMode.Vector, 1), None)).Single().Text.ShouldBe(text);
        (await sink.SearchAsync(new SearchQuery("wörd17", null, SearchMode.FullText, 5), None)).Count.ShouldBe(1);
        var cut = ((IReportsTruncation)sink).Truncations.Single();
        (cut.Records, cut.FirstUri).ShouldBe((1, "file:///long"));
        cut.What.ShouldContain("65535 bytes");
    }

    [Fact]
    public async Task UpsertAsync_UriOfMoreThanAField_RefusesThatRecordAlone()
    {
        await using var sink = await FilledAsync();
        var failure = (await sink.UpsertAsync([Record("file:///" + new string('x', 70_000), "too long", 1), Record("file:///a", "fine", 2)], None)).Single();
        failure.Chunk.Text.ShouldBe("too long");
        failure.Rejection.Message.ShouldContain("65535");
        (await sink.CountAsync(None)).ShouldBe(1);
    }

    [Fact]
    public async Task EnsureCollectionAsync_ThereWithAnotherDimension_IsFoundAlthoughCreatingSucceeds()
    {
        await using (await FilledAsync([.. Records("file:///a", 2)]))
        {
        }

        await using var other = Open();
        (await Should.ThrowAsync<CollectionMismatchException>(() => other.EnsureCollectionAsync(new CollectionSpec(Model(32)), None))).Message.ShouldContain("dimensions");
    }

    [Fact]
    public async Task EnsureCollectionAsync_ServerThatDropsDescriptions_KeepsItInAProperty()
    {
        await using var forgetful = new MilvusSimulator { KeepsDescription = false };
        await forgetful.StartAsync();
        await using (var sink = Open(forgetful))
        {
            await sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
            (await sink.UpsertAsync(Records("file:///a", 2), None)).ShouldBeEmpty();
        }

        await using var again = Open(forgetful);
        (await again.DescribeAsync(None)).ShouldBe(new CollectionInfo("sample-model", "fp-1", EmbeddingKind.Dense, Dimension, Distance.Cosine));
        await Should.ThrowAsync<CollectionMismatchException>(() => again.EnsureCollectionAsync(new CollectionSpec(Model(fingerprint: "other")), None));
    }

    [Fact]
    public async Task EnsureCollectionAsync_CrashWhileItWasMade_MakesWhatIsMissing()
    {
        await using (await FilledAsync([.. Records("file:///a", 2)]))
        {
        }

        _simulator.DropIndex("docs", "words_bm25");
        _simulator.LoadingSteps = 2;
        await using var sink = Open();
        await sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        (await sink.SearchAsync(new SearchQuery("piece", null, SearchMode.FullText, 5), None)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task WritesAndReadsAsync_CollectionReleasedMeanwhile_LoadItAgain()
    {
        await using var sink = await FilledAsync([.. Records("file:///a", 3)]);
        _simulator.Release("docs");
        (await sink.UpsertAsync(Records("file:///a", 5), None)).ShouldBeEmpty();
        _simulator.Release("docs");
        (await sink.CountAsync(None)).ShouldBe(5);
    }

    [Fact]
    public async Task ReadsAsync_ServerThatLagsBehind_AskForStrongConsistency()
    {
        _simulator.LagsBehind = true;
        await using var sink = await FilledAsync([.. Records("file:///a", 3)]);
        await sink.UpsertAsync([Record("file:///b", "late", 77)], None);
        (await sink.CountAsync(None)).ShouldBe(4);
        (await sink.SearchAsync(new SearchQuery("", new DenseEmbedding(Vector(77)), SearchMode.Vector, 1), None)).Single().Text.ShouldBe("late");
        (await sink.SearchAsync(new SearchQuery("late", null, SearchMode.FullText, 1), None)).Count.ShouldBe(1);
        await sink.DeleteDocumentsAsync([DocumentId.FromUri("file:///a")], None);
        (await sink.CountAsync(None)).ShouldBe(1);
    }

    [Fact]
    public async Task ReadsAsync_RateLimitInsideA200_AreTriedAgain()
    {
        await using var sink = await FilledAsync([.. Records("file:///a", 3)]);
        _simulator.Faults.Next(2, static request => request.Path.EndsWith("/query", StringComparison.Ordinal), Fault.Answer(MilvusSimulator.Code(8, "rate limit exceeded")));
        (await sink.CountAsync(None)).ShouldBe(3);
        _simulator.Requests.Count("POST", "/v2/vectordb/entities/query").ShouldBe(3);
    }

    [Fact]
    public async Task ListIdsAsync_MoreThanAPage_ListsEachOnce()
    {
        await using var sink = await FilledAsync();
        foreach (var page in Records("file:///big", 11_000, 10).Chunk(2_750))
        {
            (await sink.UpsertAsync(page, None)).ShouldBeEmpty();
        }

        foreach (var only in new DocumentId?[] { null, DocumentId.FromUri("file:///big") })
        {
            var ids = new HashSet<StoredChunkId>();
            await foreach (var page in sink.ListIdsAsync(only, None))
            {
                page.ShouldAllBe(id => ids.Add(id));
            }

            ids.Count.ShouldBe(11_000);
        }

        await sink.DeleteDocumentsAsync([DocumentId.FromUri("file:///big")], None);
        (await sink.CountAsync(None)).ShouldBe(0);
    }

    [Fact]
    public async Task SecretAsync_UserAndPasswordOrToken_AreSentAndNeverShown()
    {
        await using var guarded = new MilvusSimulator { Token = "root:Milvus-secret" };
        await guarded.StartAsync();
        var file = Path.Join(Path.GetTempPath(), $"milvus-token-{Guid.NewGuid():N}");
        try
        {
            await File.WriteAllTextAsync(file, "root:Milvus-secret\n");
            foreach (var uri in new[] { $"milvus://root:Milvus-secret@127.0.0.1:{guarded.Port}/docs", $"milvus://127.0.0.1:{guarded.Port}/docs?api-key-file={Uri.EscapeDataString(file)}" })
            {
                await using var sink = MilvusFixture.Open(uri);
                await sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
                sink.Name.ShouldBe($"milvus://127.0.0.1:{guarded.Port}/docs");
            }

            await using var wrong = MilvusFixture.Open($"milvus://root:another-secret@127.0.0.1:{guarded.Port}/docs");
            var refused = await Should.ThrowAsync<StorageException>(() => wrong.CountAsync(None));
            refused.Message.ShouldContain("401");
            refused.Message.ShouldNotContain("another-secret");
            await using var keyless = Open(guarded);
            (await Should.ThrowAsync<StorageException>(() => keyless.CountAsync(None))).Message.ShouldContain("MILVUS_TOKEN");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("milvus://127.0.0.1/with-dash", "underscore")]
    [InlineData("milvus://127.0.0.1/docs?database=a-b", "database")]
    [InlineData("milvus://127.0.0.1/docs?databse=a", "did you mean database")]
    public void Open_IllegalAddress_SaysWhatIsLegal(string uri, string named) => Should.Throw<ConfigurationException>(() => MilvusFixture.Open(uri)).Message.ShouldContain(named);

    [Fact]
    public async Task EnsureCollectionAsync_TwoDatabases_AreTwoCollections()
    {
        await using var one = await FilledAsync([.. Records("file:///a", 2)]);
        await using var other = Open("?database=archive");
        (await other.DescribeAsync(None)).ShouldBeNull();
        await other.EnsureCollectionAsync(new CollectionSpec(Model(8)), None);
        (await other.CountAsync(None)).ShouldBe(0);
        other.Name.ShouldNotBe(one.Name);
    }
}
