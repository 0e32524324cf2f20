using Sluice.Actors.Core;
using Sluice.Actors.Core.Indexing;
using Sluice.Streams.Chunks;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Sluice.TestKit;
using Sluice.TestKit.Conformance;
using Sluice.TestKit.Sinks;

namespace Sluice.Actors.Tests.Core;

/// <summary>What becomes of records when a database misbehaves, on a clock that jumps over every wait.</summary>
public sealed class WritePolicyTests
{
    private static readonly SinkCapabilities s_capabilities = new(1000, 1 << 30, 8, [EmbeddingKind.Dense], [SearchMode.Vector]);
    private readonly PipelineOptions _options = new();
    private readonly NoticeBoard _notices = new();
    private readonly JumpingTime _time = new();
    private readonly List<int> _sizes = [];
    private readonly Dictionary<ChunkId, int> _stored = [];
    private SinkWriter _writer = null!;

    [Fact]
    public async Task Write_TooLarge_IsHalvedAndTheSmallerSizeKept()
    {
        var records = SinkSamples.Records("file:///a", 64);
        var limit = records[0].Weight * 10;
        var write = Write(request => request.Sum(static record => record.Weight) > limit ? new RequestTooLargeException("413") : null);
        (await write(records)).ShouldBeEmpty();
        _stored.Count.ShouldBe(64);
        _sizes[..5].ShouldBe([64, 32, 16, 8, 8]);
        _writer.MaxBytes.ShouldBeLessThanOrEqualTo(limit);

        _sizes.Clear();
        (await write(SinkSamples.Records("file:///b", 64, 1000))).ShouldBeEmpty();
        _sizes.Max().ShouldBeLessThanOrEqualTo(10, "what the database takes is known by now");
    }

    [Fact]
    public async Task Write_OneRecordTooLargeAlone_IsDeadAndTheOthersStored()
    {
        var records = SinkSamples.Records("file:///a", 8);
        var failures = await Write(request => request.Contains(records[3]) ? new RequestTooLargeException("more than 2 MB") : null)(records);
        failures.Single().Chunk.Id.ShouldBe(records[3].Chunk.Id);
        failures.Single().Rejection.Message.ShouldBe("it is too large for the database even alone: more than 2 MB");
        _stored.Count.ShouldBe(7);
    }

    [Fact]
    public async Task Write_ConnectionCutInLargeRequests_HalvesAndGivesNothingUp()
    {
        var cuts = 0;
        var failures = await Write(request => request.Count > 4 || ++cuts <= 40 ? new RequestTooLargeException("cut", isCertain: false) : null)(SinkSamples.Records("file:///a", 16));
        failures.ShouldBeEmpty();
        _stored.Count.ShouldBe(16);
    }

    [Fact]
    public async Task Write_RetryAfter_IsTheLeastThatIsWaited()
    {
        var calls = 0;
        await Write(_ => ++calls == 1 ? new TransientException("busy", TimeSpan.FromSeconds(77)) : null)(SinkSamples.Records("file:///a", 3));
        _time.Elapsed.ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(77));
        calls.ShouldBe(2);
    }

    [Fact]
    public async Task Write_DownForADay_IsWaitedFor()
    {
        var failures = await Write(_ => _time.Elapsed < TimeSpan.FromDays(1) ? new TransientException("connection refused") : null)(SinkSamples.Records("file:///a", 20));
        failures.ShouldBeEmpty();
        _stored.Count.ShouldBe(20);
        _notices.Current.ShouldBeEmpty();
    }

    [Fact]
    public async Task Write_ThrottledWithoutEnd_StopsWithWords()
    {
        var exception = await Should.ThrowAsync<StorageException>(Write(_ => new TransientException("monthly write units are used up") { IsThrottling = true })(SinkSamples.Records("file:///a", 20)));
        exception.Message.ShouldContain("monthly write units are used up");
        exception.Message.ShouldContain("quota");
        exception.Message.ShouldContain("Run the same command again");
        _time.Elapsed.ShouldBeInRange(_options.ThrottlingLimit, _options.ThrottlingLimit + TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task Write_ThrottledNowAndThen_GoesOnForAsLongAsSomethingIsTaken()
    {
        var calls = 0;
        for (var hour = 0; hour < 30; hour++)
        {
            var failures = await Write(_ => ++calls % 5 != 0 ? new TransientException("slow down", TimeSpan.FromMinutes(3)) { IsThrottling = true } : null)(SinkSamples.Records($"file:///{hour}", 3, hour));
            failures.ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task Write_Overload_HalvesTheConcurrencyAndItComesBack()
    {
        var calls = 0;
        var write = Write(_ => ++calls is > 20 and <= 24 ? new TransientException("503") : null);
        for (var i = 0; i < 24; i++)
        {
            await write(SinkSamples.Records($"file:///{i}", 1, i));
        }

        _writer.Concurrency.ShouldBeLessThan(8);
        for (var i = 0; i < 60; i++)
        {
            await write(SinkSamples.Records($"file:///{i}", 1, i));
        }

        _writer.Concurrency.ShouldBe(8);
    }

    [Fact]
    public async Task Write_RecordThatBreaksTheServer_IsFoundByWhatItTakesBesides()
    {
        var records = SinkSamples.Records("file:///a", 100);
        var failures = await Write(request => request.Contains(records[42]) ? new TransientException("500 internal server error") : null)(records);
        failures.Select(static failure => failure.Chunk.Id).ShouldBe([records[42].Chunk.Id]);
        failures[0].Rejection.Message.ShouldContain("500 internal server error");
        _stored.Count.ShouldBe(99);
    }

    [Fact]
    public async Task Write_PartlyWritten_SendsTheRestAlone()
    {
        var records = SinkSamples.Records("file:///a", 10);
        var calls = 0;
        var write = Write(request => ++calls == 1
            ? new PartlyWrittenException([.. request.Skip(7)], [new ChunkFailure(request[0].Chunk, Rejection.Dead(Reasons.RefusedBySink, "bad"))], new TransientException("some items: 429"))
            : null);
        var failures = await write(records);
        failures.Single().Chunk.Id.ShouldBe(records[0].Chunk.Id);
        _sizes.ShouldBe([10, 3]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Write_AnyMixOfFaults_EveryRecordEndsStoredOrDead(int seed)
    {
#pragma warning disable CA5394 // The same faults again, not secret ones.
        var random = new Random(seed);
        var records = SinkSamples.Records("file:///a", 200);
        var poison = records.Where((_, i) => i % 61 == seed).Select(static record => record.Chunk.Id).ToHashSet();
        var limit = records[0].Weight * (5 + seed);
        var write = Write(request => random.Next(10) switch
        {
            0 => new TransientException("503"),
            1 => new TransientException("429", TimeSpan.FromSeconds(random.Next(60))) { IsThrottling = true },
            2 => new TransientException("reset by peer"),
            3 when request.Count > 3 => new RequestTooLargeException("cut in the middle", isCertain: false),
            _ when request.Count > 1 && request.Sum(static record => record.Weight) > limit => new RequestTooLargeException("413"),
            _ when request.Any(record => poison.Contains(record.Chunk.Id)) => new RequestRefusedException("400"),
            _ => null,
        });
#pragma warning restore CA5394
        var failures = (await Task.WhenAll(records.Chunk(50).Select(page => write([.. page])))).SelectMany(static page => page).ToList();
        failures.Select(static failure => failure.Chunk.Id).ShouldBe(poison, ignoreOrder: true);
        _stored.Keys.ShouldBe(records.Select(static record => record.Chunk.Id).Where(id => !poison.Contains(id)), ignoreOrder: true);
    }

    private Func<List<VectorRecord>, Task<IReadOnlyList<ChunkFailure>>> Write(Func<IReadOnlyList<VectorRecord>, Exception?> fails)
    {
        var sink = new ScriptedSink(
            request =>
            {
                lock (_stored)
                {
                    _sizes.Add(request.Count);
                    if (fails(request) is { } exception)
                    {
                        throw exception;
                    }

                    foreach (var record in request)
                    {
                        _stored[record.Chunk.Id] = _stored.GetValueOrDefault(record.Chunk.Id) + 1;
                    }

                    return Task.FromResult<IReadOnlyList<ChunkFailure>>([]);
                }
            },
            s_capabilities);
        _writer = new SinkWriter(sink, _options, _notices, _time);
        return records => _writer.WriteAsync(records, CancellationToken.None);
    }
}
