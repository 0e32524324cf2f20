using Sluice.Actors.Core;
using Sluice.Actors.Core.Indexing;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Sinks;

namespace Sluice.Actors.Tests.Core;

public sealed class SinkWriterTests
{
    private static readonly SinkCapabilities Small = new(4, 100_000, 1, [EmbeddingKind.Dense], [SearchMode.Vector]);
    private readonly PipelineOptions _options = new() { RetryDelay = TimeSpan.FromMilliseconds(1), MaxRetryDelay = TimeSpan.FromMilliseconds(2) };
    private readonly NoticeBoard _notices = new();
    private readonly List<int> _sizes = [];
    private readonly HashSet<ChunkId> _stored = [];

    [Fact]
    public async Task Write_MoreThanTheSinkTakes_IsCutIntoRequests()
    {
        (await Writer(static _ => null).WriteAsync(Records(10), CancellationToken.None)).ShouldBeEmpty();
        _sizes.ShouldBe([4, 4, 2]);
        _stored.Count.ShouldBe(10);
    }

    [Fact]
    public async Task Write_HeavyRecords_StaysWithinTheBytes()
    {
        var records = Records(6);
        var capabilities = Small with { MaxBytes = records[0].Weight * 2 };
        (await Writer(static _ => null, capabilities).WriteAsync(records, CancellationToken.None)).ShouldBeEmpty();
        _sizes.ShouldBe([2, 2, 2]);
    }

    [Fact]
    public async Task Write_SameIdTwice_SendsItOnce()
    {
        var records = Records(3);
        (await Writer(static _ => null).WriteAsync([.. records, records[1]], CancellationToken.None)).ShouldBeEmpty();
        _sizes.Sum().ShouldBe(3);
    }

    [Fact]
    public async Task Write_SinkDownForAWhile_StallsSaysSoAndGoesOn()
    {
        var told = new List<string>();
        _notices.Posted += told.Add;
        var calls = 0;
        (await Writer(_ => ++calls <= 5 ? new TransientException("connection refused") : null).WriteAsync(Records(2), CancellationToken.None)).ShouldBeEmpty();
        _stored.Count.ShouldBe(2);
        told[0].ShouldStartWith("the database does not take writes (connection refused); tried 1 times, again in ");
        told[^1].ShouldBe("the database answers again");
        _notices.Current.ShouldBeEmpty();
    }

    [Fact]
    public async Task Write_OneRecordIsPoison_OnlyThatOneFails()
    {
        var records = Records(4);
        var poison = records[2].Chunk.Id;
        var failures = await Writer(request => request.Any(record => record.Chunk.Id == poison) ? new FormatException("no such shape") : null).WriteAsync(records, CancellationToken.None);
        var failure = failures.ShouldHaveSingleItem();
        failure.Chunk.Id.ShouldBe(poison);
        failure.Rejection.Reason.ShouldBe(Reasons.RefusedBySink);
        failure.Rejection.Message.ShouldBe("the database refused it 3 times, last with FormatException: no such shape");
        _stored.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Write_RefusedForWhatSomebodyCanMend_WaitsOnceItHasWorked()
    {
        var told = new List<string>();
        _notices.Posted += told.Add;
        var calls = 0;
        var writer = Writer(_ => ++calls is > 1 and <= 5 ? new StorageException("the key was refused (401)") { IsMendable = true } : null);
        (await writer.WriteAsync(Records(2), CancellationToken.None)).ShouldBeEmpty();
        (await writer.WriteAsync(Records(4)[2..], CancellationToken.None)).ShouldBeEmpty();
        _stored.Count.ShouldBe(4);
        told[0].ShouldStartWith("the database does not take writes (the key was refused (401)); tried 1 times, again in ");
        told[^1].ShouldBe("the database answers again");
    }

    [Fact]
    public async Task Write_RefusedForWhatSomebodyCanMendAtTheStart_EndsAtOnce()
    {
        var exception = await Should.ThrowAsync<StorageException>(
            Writer(static _ => new StorageException("the key was refused (401)") { IsMendable = true }).WriteAsync(Records(2), CancellationToken.None));
        exception.IsMendable.ShouldBeTrue();
        _sizes.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Write_StorageBroken_EndsAtOnceWithTheReason()
    {
        var exception = await Should.ThrowAsync<StorageException>(Writer(static _ => new StorageException("the disk is full")).WriteAsync(Records(2), CancellationToken.None));
        exception.Message.ShouldBe("the disk is full");
        _sizes.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Write_CancelledWhileTheSinkIsDown_Ends()
    {
        using var cancelled = new CancellationTokenSource();
        var writer = Writer(_ =>
        {
            cancelled.Cancel();
            return new TransientException("down");
        });
        await Should.ThrowAsync<OperationCanceledException>(writer.WriteAsync(Records(1), cancelled.Token));
    }

    private static List<VectorRecord> Records(int count)
    {
        var document = DocumentId.FromUri("file:///d");
        return [.. Enumerable.Range(0, count).Select(index => new VectorRecord(
            document,
            "file:///d",
            new Chunk(ChunkId.Create(document, $"{index}", 0), "text", new int[3], new Place(0, 4)),
            new DenseEmbedding(new float[] { index })))];
    }

    private SinkWriter Writer(Func<IReadOnlyList<VectorRecord>, Exception?> fails, SinkCapabilities? capabilities = null)
    {
        var sink = new ScriptedSink(
            request =>
            {
                _sizes.Add(request.Count);
                if (fails(request) is { } exception)
                {
                    throw exception;
                }

                _stored.UnionWith(request.Select(static record => record.Chunk.Id));
                return Task.FromResult<IReadOnlyList<ChunkFailure>>([]);
            },
            capabilities ?? Small);
        return new SinkWriter(sink, _options, _notices, TimeProvider.System);
    }
}
