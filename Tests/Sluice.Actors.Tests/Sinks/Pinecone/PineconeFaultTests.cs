using Sluice.Actors.Tests.Sinks.Simulators;
using Sluice.Streams.Chunks;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Simulators;
using Sluice.TestKit.Simulators.Pinecone;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.Actors.Tests.Sinks.Pinecone;

public sealed class PineconeFaultTests : SinkFaultTests
{
    private readonly PineconeKeyFile _key = new();

    protected override DatabaseSimulator Server { get; } = new PineconeSimulator();

    protected override SimulatorAnswer Refusal => SimulatorAnswer.Text(400, """{"code":3,"message":"Vector dimension 15 does not match the dimension of the index 16","details":[]}""", "application/json");

    protected override string RefusalWords => "does not match the dimension";

    protected override SimulatorAnswer TooLarge => SimulatorAnswer.Text(400, """{"code":11,"message":"Error, message length too large: found 9000 bytes, the limit is: 8000 bytes","details":[]}""", "application/json");

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _key.Dispose();
    }

    [Fact]
    public async Task Write_TheMonthIsUsedUp_EndsInWordsAtOnce()
    {
        Server.Faults.Always(IsWrite, PineconeSimulator.UsedUp());
        var exception = await Should.ThrowAsync<StorageException>(() => WriteAsync(Records("file:///a", 10), Sink));
        exception.Message.ShouldContain("write unit limit for the current month");
        exception.Message.ShouldContain("goes on where it stopped");
        Server.Requests.Count("POST", "/vectors/upsert").ShouldBe(1);
    }

    [Fact]
    public async Task Write_MoreThanTwoMegabytes_TheServersOwnLimitIsKept()
    {
        var texts = Enumerable.Range(0, 150).Select(static i => Record("file:///long", $"{i} " + new string('x', 30_000), i)).ToList();
        (await WriteAsync(texts, Sink)).ShouldBeEmpty();
        Server.Requests.Of("POST", "/vectors/upsert").ShouldAllBe(static entry => entry.Status == 200 && entry.BodyBytes <= 2_000_000);
        await ExpectStoredAsync(texts);
    }

    [Fact]
    public async Task Upsert_TextBeyondTheMetadata_IsRefusedWhole_OtherPartsAreCutAndReported()
    {
        var longText = Record("file:///a", new string('y', 41_000), 1);
        var longMetadata = Record("file:///a", "short", 2, static chunk => chunk with
        {
            Title = "kept",
            Metadata = Enumerable.Range(0, 300).ToDictionary(static i => $"key{i:000}", static _ => new string('v', 200), StringComparer.Ordinal),
        });
        var failure = (await Sink.UpsertAsync([longText, longMetadata], None)).ShouldHaveSingleItem();
        failure.Chunk.Id.ShouldBe(longText.Chunk.Id);
        failure.Rejection.Message.ShouldContain("Make the chunks smaller");

        var cut = ((IReportsTruncation)Sink).Truncations.ShouldHaveSingleItem();
        (cut.Records, cut.FirstChunk, cut.What).ShouldBe((1, longMetadata.Chunk.Id, "metadata that did not fit into Pinecone's 40 KB a record"));
        await Sink.MakeVisibleAsync(None);
        var read = (await Sink.ReadRecordsAsync([longMetadata.Chunk.Id], None)).Single().Chunk;
        (read.Title, read.Text).ShouldBe(("kept", "short"));
        read.Metadata!.Count.ShouldBeInRange(100, 299);
        read.Metadata!.Keys.Order(StringComparer.Ordinal).ShouldBe(longMetadata.Chunk.Metadata!.Keys.Order(StringComparer.Ordinal).Take(read.Metadata.Count));
    }

    [Fact]
    public async Task MakeVisible_AnotherProcessWrote_IsWaitedForToo()
    {
        await using var other = Open(TimeProvider.System);
        (await other.UpsertAsync(Records("file:///a", 9), None)).ShouldBeEmpty();
        await Sink.MakeVisibleAsync(None);
        (await Sink.ReadRecordsAsync([.. Records("file:///a", 9).Select(static record => record.Chunk.Id)], None)).Count.ShouldBe(9);
        (await Sink.CountAsync(None)).ShouldBe(9);
    }

    [Fact]
    public async Task DeleteDocumentsAndRelocate_JustWrittenByAnotherProcess_MissNothing()
    {
        await using var other = Open(TimeProvider.System);
        var (gone, moved) = (Records("file:///a", 9), Records("file:///b", 5));
        (await other.UpsertAsync(gone, None)).ShouldBeEmpty();
        await Sink.DeleteDocumentsAsync([gone[0].Document], None);
        (await other.UpsertAsync(moved, None)).ShouldBeEmpty();
        await Sink.RelocateAsync([.. moved.Select(static record => record.Chunk with { Title = "moved" })], None);
        await Sink.MakeVisibleAsync(None);
        (await Sink.CountAsync(None)).ShouldBe(5);
        (await Sink.ReadRecordsAsync([.. moved.Select(static record => record.Chunk.Id)], None)).ShouldAllBe(static record => record.Chunk.Title == "moved");
    }

    [Fact]
    public async Task Relocate_JustWritten_IsNotMissedBecauseItIsShownLate()
    {
        var records = Records("file:///a", 5);
        await WriteAsync(records, Sink);
        await Sink.RelocateAsync([.. records.Select(static record => record.Chunk with { Title = "moved" })], None);
        await Sink.MakeVisibleAsync(None);
        (await Sink.ReadRecordsAsync([.. records.Select(static record => record.Chunk.Id)], None)).ShouldAllBe(static record => record.Chunk.Title == "moved");
    }

    [Fact]
    public async Task MakeVisible_NeverShown_GivesUpAtTheLimitInWords()
    {
        await using var sink = _key.Open((PineconeSimulator)Server, change: static options => options.Pinecone.VisibleTimeout = TimeSpan.FromMilliseconds(20));
        (await sink.UpsertAsync(Records("file:///a", 1), None)).ShouldBeEmpty();
        Server.Faults.Always(static request => request.Is("POST", "/query"), Fault.Answer(SimulatorAnswer.Text(200, """{"matches":[]}""", "application/json").With("x-pinecone-max-indexed-lsn", "0")));
        (await Should.ThrowAsync<TransientException>(() => sink.MakeVisibleAsync(None))).Message.ShouldContain("visible-timeout");
        Server.Requests.Count("POST", "/query").ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task DescribeAsync_SomethingElseAnswers404_IsNoAnswer()
    {
        Server.Faults.Always(static request => request.Is("GET", "/indexes/*"), Fault.Answer(SimulatorAnswer.Text(404, "<html>404 Not Found</html>", "text/html")));
        (await Should.ThrowAsync<TransientException>(() => Sink.DescribeAsync(None))).Message.ShouldContain("404");
    }

    protected override IVectorSink Open(TimeProvider time) => _key.Open((PineconeSimulator)Server, time: time);

    protected override bool IsWrite(SimulatorRequest request) => request.Is("POST", "/vectors/upsert");

    protected override Fault RateLimit(int? retryAfterSeconds) => PineconeSimulator.RateLimit(retryAfterSeconds);
}
