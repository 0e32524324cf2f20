using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using Sluice.Actors.Core;
using Sluice.Actors.Core.Indexing;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Simulators;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.Actors.Tests.Sinks.Simulators;

/// <summary>What every sink must bear of its database, through the write policy: nothing is lost, nothing is doubled. A database's tests say how to open sink and simulator.</summary>
public abstract class SinkFaultTests : IAsyncLifetime
{
    private static readonly Dictionary<string, Func<SinkFaultTests, Fault>> s_passing = new(StringComparer.Ordinal)
    {
        ["429"] = static tests => tests.RateLimit(null),
        ["429 without words"] = static _ => Fault.TooMany(),
        ["503"] = static _ => Fault.Unavailable(),
        ["503 after it was done"] = static _ => Fault.AnswerAfter(SimulatorAnswer.Text(503, "")),
        ["500"] = static _ => Fault.Answer(SimulatorAnswer.Text(500, "internal error")),
        ["reset"] = static _ => Fault.Reset(),
        ["reset in the answer"] = static _ => Fault.ResetInAnswer(),
    };

    private readonly PipelineOptions _options = new() { RetryDelay = TimeSpan.FromMilliseconds(1), MaxRetryDelay = TimeSpan.FromMilliseconds(5) };
    private IVectorSink? _sink;

    /// <summary>Ways for one write to go wrong that pass by themselves.</summary>
    public static TheoryData<string> Passing => [.. s_passing.Keys];

    protected static CancellationToken None => CancellationToken.None;

    protected abstract DatabaseSimulator Server { get; }

    protected IVectorSink Sink => _sink ?? throw new InvalidOperationException("not open");

    public async Task InitializeAsync()
    {
        await Server.StartAsync();
        _sink = Open(TimeProvider.System);
        await Sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
    }

    public virtual async Task DisposeAsync()
    {
        await Sink.DisposeAsync();
        await Server.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task Write_GoesWrongThreeTimes_StoresEachOnce(string fault)
    {
        Server.Faults.Next(3, IsWrite, s_passing[fault](this));
        var records = Records("file:///a", 60);
        (await WriteAsync(records, Sink)).ShouldBeEmpty();
        Server.Requests.All.Count(static entry => entry.Fault is not null).ShouldBe(3);
        await ExpectStoredAsync(records);
    }

    [Fact]
    public async Task Write_ManyFaultsOfAllKinds_StoresEachOnce()
    {
        Server.Faults.Sometimes(IsWrite, 0.4, 7, [.. s_passing.Values.Select(fault => fault(this))]);
        var groups = Enumerable.Range(0, 30).Select(static i => Records($"file:///{i}", 20, i * 100)).ToList();
        var writer = new SinkWriter(Sink, _options, new NoticeBoard(), TimeProvider.System);
        var failures = new ConcurrentBag<ChunkFailure>();
        await Parallel.ForEachAsync(groups, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (group, token) =>
        {
            foreach (var failure in await writer.WriteAsync(group, token))
            {
                failures.Add(failure);
            }
        });
        failures.ShouldBeEmpty();
        Server.Requests.All.Count(static entry => entry.Fault is not null).ShouldBeGreaterThan(5);
        Server.Faults.Clear();
        await ExpectStoredAsync([.. groups.SelectMany(static group => group)]);
    }

    [Fact]
    public async Task Write_OneRecordIsRefused_OnlyThatOneIsDead()
    {
        var records = Records("file:///a", 40);
        records[17] = Record("file:///a", PoisonText, 17);
        Server.Faults.Always(request => IsWrite(request) && request.Text.Contains(PoisonText, StringComparison.Ordinal), Fault.Answer(Refusal));
        var failure = (await WriteAsync(records, Sink)).ShouldHaveSingleItem();
        failure.Chunk.Id.ShouldBe(records[17].Chunk.Id);
        (failure.Rejection.Verdict, failure.Rejection.Reason).ShouldBe((Verdict.Dead, Reasons.RefusedBySink));
        failure.Rejection.Message.ShouldContain(RefusalWords);
        records.RemoveAt(17);
        await ExpectStoredAsync(records);
    }

    [Fact]
    public async Task Write_LargerThanTheServerTakes_IsHalvedUntilItFits()
    {
        Server.Faults.Always(request => IsWrite(request) && request.Body.Length > 8_000, Fault.Answer(TooLarge));
        var records = Records("file:///a", 100);
        (await WriteAsync(records, Sink)).ShouldBeEmpty();
        Server.Requests.All.Count(static entry => entry.Fault is not null).ShouldBeGreaterThan(0);
        await ExpectStoredAsync(records);
    }

    [Fact]
    public async Task Upsert_TooManyRequests_PassesOnHowLongToWait()
    {
        Server.Faults.Next(IsWrite, RateLimit(7));
        (await Should.ThrowAsync<TransientException>(() => Sink.UpsertAsync(Records("file:///a", 1), None))).RetryAfter.ShouldBe(TimeSpan.FromSeconds(7));
        (await Sink.UpsertAsync(Records("file:///a", 1), None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Upsert_SilentServer_GivesUpAtTheTimeLimit()
    {
        var time = new FakeTimeProvider();
        await using var sink = Open(time);
        await sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        Server.Faults.Next(IsWrite, Fault.Silent());
        var write = sink.UpsertAsync(Records("file:///a", 1), None);
        await Server.Requests.ReachedAsync(static entry => entry.Fault == "silent", 1);
        write.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromMinutes(2));
        (await Should.ThrowAsync<TransientException>(() => write)).Message.ShouldContain("did not answer within");
    }

    [Fact]
    public async Task Upsert_SlowAnswer_IsWaitedForWhileOthersGoOn()
    {
        var release = new TaskCompletionSource();
        Server.Faults.Next(IsWrite, Fault.Held(release.Task));
        var slow = Sink.UpsertAsync(Records("file:///slow", 5), None);
        await Server.Requests.ReachedAsync(static entry => entry.Fault == "held", 1);
        (await Sink.UpsertAsync(Records("file:///quick", 5), None)).ShouldBeEmpty();
        slow.IsCompleted.ShouldBeFalse();
        release.SetResult();
        (await slow).ShouldBeEmpty();
        await ExpectStoredAsync([.. Records("file:///slow", 5), .. Records("file:///quick", 5)]);
    }

    [Fact]
    public async Task Upsert_KeyIsRefused_EndsTheRunInWords()
    {
        Server.Faults.Always(IsWrite, Fault.Answer(KeyRefusal));
        var exception = await Should.ThrowAsync<StorageException>(() => WriteAsync(Records("file:///a", 10), Sink));
        exception.Message.ShouldContain("key");
        Server.Requests.All.Count(entry => IsWrite(entry.Request)).ShouldBeLessThanOrEqualTo(2);
    }

    [Fact]
    public async Task Read_GoesWrongOnce_IsTriedAgain()
    {
        await WriteAsync(Records("file:///a", 30), Sink);
        await Sink.MakeVisibleAsync(None);
        Server.Faults.Next(static _ => true, Fault.Unavailable());
        (await Sink.CountAsync(None)).ShouldBe(30);
        Server.Faults.Next(static _ => true, Fault.ResetInAnswer());
        await ExpectStoredAsync(Records("file:///a", 30));
    }

    /// <summary>Text of a record that the server refuses in a test; plain letters.</summary>
    protected const string PoisonText = "poisonous words";

    /// <summary>Opens the sink, always the same collection.</summary>
    protected abstract IVectorSink Open(TimeProvider time);

    /// <summary>Whether a request writes records.</summary>
    protected abstract bool IsWrite(SimulatorRequest request);

    /// <summary>The database's own way of asking for fewer requests.</summary>
    protected abstract Fault RateLimit(int? retryAfterSeconds);

    /// <summary>Its way of refusing what is in a request; holds <see cref="RefusalWords"/>.</summary>
    protected abstract SimulatorAnswer Refusal { get; }

    /// <summary>Words of <see cref="Refusal"/> that a dead letter must repeat.</summary>
    protected abstract string RefusalWords { get; }

    /// <summary>Its way of refusing a body that is too large.</summary>
    protected virtual SimulatorAnswer TooLarge => SimulatorAnswer.Text(413, "payload too large");

    /// <summary>Its way of refusing a key.</summary>
    protected virtual SimulatorAnswer KeyRefusal => SimulatorAnswer.Text(401, "unauthorized");

    protected Task<IReadOnlyList<ChunkFailure>> WriteAsync(IReadOnlyList<VectorRecord> records, IVectorSink sink) =>
        new SinkWriter(sink, _options, new NoticeBoard(), TimeProvider.System).WriteAsync(records, None);

    protected async Task ExpectStoredAsync(IReadOnlyList<VectorRecord> records)
    {
        await Sink.MakeVisibleAsync(None);
        var ids = new List<StoredChunkId>();
        await foreach (var page in Sink.ListIdsAsync(null, None))
        {
            ids.AddRange(page);
        }

        ids.ShouldBe(records.Select(static record => new StoredChunkId(record.Document, record.Chunk.Id)), ignoreOrder: true);
        (await Sink.CountAsync(None)).ShouldBe(records.Count);
    }
}
