using System.Text.Json;
using Sluice.Actors.Core;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Models;
using Sluice.TestKit.Sinks;

namespace Sluice.Cluster.Tests;

/// <summary>Jobs that are paused, cancelled, weighed, moved between nodes, or cannot run.</summary>
public sealed class ClusterControlTests
{
    private static readonly TimeSpan s_slow = TimeSpan.FromMilliseconds(40);

    [Fact]
    public async Task Pause_ThenResume_EndsWithTheWholeCorpus()
    {
        await using var cluster = Slow();
        cluster.WriteCorpus(200);
        await cluster.StartAsync("coordinate", "parse", "embed", "index");
        var job = await cluster.SubmitAsync();
        await UntilAsync(cluster, job, static record => Count(record, "chunks.stored") > 20);
        (await cluster.Jobs.WishAsync(job, JobWish.Pause, CancellationToken.None)).ShouldBeTrue();
        await UntilAsync(cluster, job, static record => record.State == JobState.Paused);
        var paused = (await cluster.StoredAsync()).Count;
        paused.ShouldBeLessThan(1000);
        (await cluster.Jobs.WishAsync(job, JobWish.Run, CancellationToken.None)).ShouldBeTrue();
        var ended = await cluster.EndAsync(job);
        ended.State.ShouldBe(JobState.Done, ended.Reason);
        (await cluster.StoredAsync()).Count.ShouldBeGreaterThan(paused);
        Documents(ended).GetProperty("indexed").GetInt64().ShouldBe(200);
        Documents(ended).GetProperty("discovered").GetInt64().ShouldBe(200, "the walk went on where it was");
    }

    [Fact]
    public async Task Cancel_EndsWithoutTheRest_AndTheNextJobFinishesIt()
    {
        await using var cluster = Slow();
        cluster.WriteCorpus(200);
        await cluster.StartAsync("coordinate", "parse", "embed", "index");
        var job = await cluster.SubmitAsync();
        await UntilAsync(cluster, job, static record => Count(record, "chunks.stored") > 20);
        await cluster.Jobs.WishAsync(job, JobWish.Cancel, CancellationToken.None);
        (await cluster.EndAsync(job)).State.ShouldBe(JobState.Cancelled);
        (await cluster.Jobs.WishAsync(job, JobWish.Run, CancellationToken.None)).ShouldBeFalse("it has ended");
        var next = await cluster.EndAsync(await cluster.SubmitAsync());
        next.State.ShouldBe(JobState.Done, next.Reason);
        (Documents(next).GetProperty("indexed").GetInt64() + Documents(next).GetProperty("unchanged").GetInt64()).ShouldBe(200);
    }

    [Fact]
    public async Task Submit_TheSameDocumentsTwice_OneWaitsAndFindsThemUnchanged()
    {
        await using var cluster = new InProcessCluster();
        cluster.WriteCorpus(20);
        await cluster.StartAsync("coordinate", "parse", "embed", "index");
        JobRecord[] ended = [await cluster.EndAsync(await cluster.SubmitAsync()), await cluster.EndAsync(await cluster.SubmitAsync())];
        var (first, second) = (await cluster.SubmitAsync(), await cluster.SubmitAsync());
        ended = [.. ended, await cluster.EndAsync(first), await cluster.EndAsync(second)];
        ended.ShouldAllBe(static record => record.State == JobState.Done);
        ended.Sum(static record => Documents(record).GetProperty("indexed").GetInt64()).ShouldBe(20);
        ended.Sum(static record => Documents(record).GetProperty("unchanged").GetInt64()).ShouldBe(60);
    }

    [Fact]
    public async Task Leave_DuringAJob_HandsTheWorkOverAndFailsNothing()
    {
        await using var cluster = Slow();
        cluster.WriteCorpus(80);
        await cluster.StartAsync("coordinate");
        var parser = await cluster.StartAsync("parse");
        var embedder = await cluster.StartAsync("embed");
        await cluster.StartAsync("parse");
        await cluster.StartAsync("embed");
        await cluster.StartAsync("index");
        var job = await cluster.SubmitAsync();
        await UntilAsync(cluster, job, static record => Count(record, "chunks.stored") > 20);
        await embedder.LeaveAsync();
        await parser.LeaveAsync();
        var ended = await cluster.EndAsync(job);
        ended.State.ShouldBe(JobState.Done, ended.Reason);
        Documents(ended).GetProperty("indexed").GetInt64().ShouldBe(80, ended.Progress);
        Documents(ended).GetProperty("dead").EnumerateObject().ShouldBeEmpty();
        var stored = (await cluster.StoredAsync()).Count;
        (Count(ended, "chunks.embedded") - stored).ShouldBeLessThanOrEqualTo(64, "what left finished what it had");
    }

    [Fact]
    public async Task Leave_OfTheCoordinator_AnotherGoesOnWithTheSameWalk()
    {
        await using var cluster = Slow();
        cluster.WriteCorpus(80);
        var first = await cluster.StartAsync("coordinate");
        await cluster.StartAsync("coordinate", "parse", "embed", "index");
        var job = await cluster.SubmitAsync();
        await UntilAsync(cluster, job, static record => Count(record, "chunks.stored") > 20);
        await first.LeaveAsync();
        var ended = await cluster.EndAsync(job);
        ended.State.ShouldBe(JobState.Done, ended.Reason);
        Documents(ended).GetProperty("discovered").GetInt64().ShouldBe(80);
        Documents(ended).GetProperty("indexed").GetInt64().ShouldBe(80, ended.Progress);
    }

    [Fact]
    public async Task Job_WhoseDatabaseRefusesForAWhile_WaitsAndSaysSo()
    {
        await using var cluster = new InProcessCluster();
        var refusing = true;
        var inner = cluster.Workshop;
        cluster.Workshop = new TestWorkshop(cluster.Database)
        {
            WrapSink = sink => new ScriptedSink(
                records => Volatile.Read(ref refusing)
                    ? Task.FromException<IReadOnlyList<ChunkFailure>>(new Streams.Failures.TransientException("the database is being moved"))
                    : sink.UpsertAsync(records, CancellationToken.None),
                sink.Capabilities,
                sink),
        };
        cluster.WriteCorpus(10);
        await cluster.StartAsync("coordinate", "parse", "embed", "index");
        var job = await cluster.SubmitAsync();
        await UntilAsync(cluster, job, static record => record.Progress?.Contains("the database is being moved", StringComparison.Ordinal) == true);
        Volatile.Write(ref refusing, false);
        (await cluster.EndAsync(job)).State.ShouldBe(JobState.Done);
        inner.ShouldNotBeNull();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Job_WhoseDatabaseRefusesThePassword_WaitsUntilItIsMended(bool fromTheBeginning)
    {
        await using var cluster = new InProcessCluster();
        var (refusing, taken) = (fromTheBeginning, 0);
        Exception? Refusal() => Volatile.Read(ref refusing) ? new Streams.Failures.StorageException("the password was refused") { IsMendable = true } : null;
        cluster.Workshop = new TestWorkshop(cluster.Database)
        {
            WrapSink = sink => new ScriptedSink(
                records =>
                {
                    if (!fromTheBeginning && Interlocked.Increment(ref taken) == 2)
                    {
                        Volatile.Write(ref refusing, true);
                    }

                    return Refusal() is { } refusal ? Task.FromException<IReadOnlyList<ChunkFailure>>(refusal) : sink.UpsertAsync(records, CancellationToken.None);
                },
                sink.Capabilities,
                sink)
            {
                Describe = () => Refusal() is { } refusal ? Task.FromException<CollectionInfo?>(refusal) : sink.DescribeAsync(CancellationToken.None),
            },
        };
        cluster.WriteCorpus(60);
        await cluster.StartAsync("coordinate", "parse", "embed", "index");
        var job = await cluster.SubmitAsync();
        await UntilAsync(cluster, job, static record => record.Progress?.Contains("the password was refused", StringComparison.Ordinal) == true);
        (await cluster.Jobs.FindAsync(job, CancellationToken.None))!.State.ShouldBe(JobState.Running);
        Volatile.Write(ref taken, 2);
        Volatile.Write(ref refusing, false);
        var ended = await cluster.EndAsync(job);
        ended.State.ShouldBe(JobState.Done, ended.Reason);
        Documents(ended).GetProperty("indexed").GetInt64().ShouldBe(60);
    }

    [Fact]
    public async Task Job_ThatFailed_GoesOnWhenItIsResumed()
    {
        await using var cluster = new InProcessCluster();
        await cluster.StartAsync("coordinate", "parse", "embed", "index");
        var place = Path.Combine(cluster.Corpus, "later");
        var job = await cluster.Jobs.SubmitAsync(new JobSubmission("test", [place], "", 10), CancellationToken.None);
        (await cluster.EndAsync(job)).State.ShouldBe(JobState.Failed);
        Directory.CreateDirectory(place);
        await File.WriteAllTextAsync(Path.Combine(place, "a.md"), "# A\n\nIt has come after all.\n");
        (await cluster.Jobs.WishAsync(job, JobWish.Run, CancellationToken.None)).ShouldBeTrue();
        var ended = await cluster.EndAsync(job);
        ended.State.ShouldBe(JobState.Done, ended.Reason);
        ended.Reason.ShouldBeNull();
        Documents(ended).GetProperty("indexed").GetInt64().ShouldBe(1);
    }

    [Fact]
    public async Task Job_OfASourceThatIsNotThere_FailsInWords()
    {
        await using var cluster = new InProcessCluster();
        await cluster.StartAsync("coordinate", "parse", "embed", "index");
        var job = await cluster.Jobs.SubmitAsync(new JobSubmission("test", ["/nowhere/at/all"], "", 10), CancellationToken.None);
        var ended = await cluster.EndAsync(job);
        ended.State.ShouldBe(JobState.Failed);
        ended.Reason.ShouldNotBeNull().ShouldContain("/nowhere/at/all");
    }

    [Fact]
    public async Task Job_ThatFailsDuringItsWalk_LetsTheNextOneIn()
    {
        await using var cluster = new InProcessCluster();
        var failures = 1;
        cluster.Workshop = new TestWorkshop(cluster.Database) { WrapSource = source => Interlocked.Decrement(ref failures) == 0 ? new BrokenSource(source) : source };
        cluster.WriteCorpus(10);
        await cluster.StartAsync("coordinate", "parse", "embed", "index");
        var failed = await cluster.EndAsync(await cluster.SubmitAsync());
        failed.State.ShouldBe(JobState.Failed);
        failed.Reason.ShouldNotBeNull().ShouldContain("it broke in the middle");
        var next = await cluster.EndAsync(await cluster.SubmitAsync());
        next.State.ShouldBe(JobState.Done, next.Reason);
        Documents(next).GetProperty("indexed").GetInt64().ShouldBe(10);
    }

    /// <summary>Two jobs into a database that is empty yet; the second one's question whether it is there is answered before the first has made it, and arrives late.</summary>
    [Fact]
    public async Task Jobs_TwoIntoAFreshDatabase_ForgetNothingOfEachOther()
    {
        await using var cluster = new InProcessCluster();
        var late = true;
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.Workshop = new TestWorkshop(cluster.Database)
        {
            WrapSinkOf = (ticket, sink) => ticket.Weight != 77 ? sink : new ScriptedSink(records => sink.UpsertAsync(records, CancellationToken.None), sink.Capabilities, sink)
            {
                Describe = async () =>
                {
                    var answer = await sink.DescribeAsync(CancellationToken.None);
                    if (late)
                    {
                        late = false;
                        held.TrySetResult();
                        await released.Task; // A slow database.
                    }

                    return answer;
                },
            },
        };
        cluster.WriteCorpus(60);
        var other = Directory.CreateDirectory(Path.Combine(cluster.Corpus, "..", "other")).FullName;
        await File.WriteAllTextAsync(Path.Combine(other, "a.md"), "# A\n\nText of another corpus.\n");
        await cluster.StartAsync("coordinate", "parse", "embed", "index");
        var second = await cluster.Jobs.SubmitAsync(new JobSubmission("second", [other], "", 77), CancellationToken.None);
        await held.Task.WaitAsync(TimeSpan.FromMinutes(1));
        var job = await cluster.SubmitAsync();
        await UntilAsync(cluster, job, static record => record.HasEnded || record.Progress?.Contains("another job prepares the same database", StringComparison.Ordinal) == true);
        released.SetResult();
        var first = await cluster.EndAsync(job);
        (first.State, Documents(first).GetProperty("discovered").GetInt64()).ShouldBe((JobState.Done, 60));
        var ended = await cluster.EndAsync(second);
        (ended.State, Documents(ended).GetProperty("discovered").GetInt64()).ShouldBe((JobState.Done, 1));
        await using var sink = cluster.Workshop.OpenSink();
        (await cluster.Ledger.ListDocumentsAsync(sink.Name, null, 1000, CancellationToken.None)).Count.ShouldBe(61);
    }

    [Fact]
    public async Task Job_WhoseDatabaseIsAwayFromTheBeginning_HoldsUpNoOther()
    {
        await using var cluster = new InProcessCluster();
        cluster.Workshop = new TestWorkshop(cluster.Database)
        {
            WrapSinkOf = static (ticket, sink) => ticket.Weight != 77 ? sink : new ScriptedSink(static _ => throw new NotSupportedException(), sink.Capabilities, sink)
            {
                Describe = static () => Task.FromException<CollectionInfo?>(new Streams.Failures.TransientException("the database is away")),
            },
        };
        cluster.WriteCorpus(10);
        var other = Directory.CreateDirectory(Path.Combine(cluster.Corpus, "..", "other")).FullName;
        await File.WriteAllTextAsync(Path.Combine(other, "a.md"), "# A\n\nText of another corpus.\n");
        await cluster.StartAsync("coordinate", "parse", "embed", "index");
        var stuck = await cluster.Jobs.SubmitAsync(new JobSubmission("away", [other], "", 77), CancellationToken.None);
        await UntilAsync(cluster, stuck, static record => record.Progress?.Contains("the database is away", StringComparison.Ordinal) == true);
        var done = await cluster.EndAsync(await cluster.SubmitAsync());
        done.State.ShouldBe(JobState.Done, done.Reason);
        (await cluster.Jobs.FindAsync(stuck, CancellationToken.None))!.State.ShouldBe(JobState.Running);
        await cluster.Jobs.WishAsync(stuck, JobWish.Cancel, CancellationToken.None);
        (await cluster.EndAsync(stuck)).State.ShouldBe(JobState.Cancelled);
    }

    private sealed class BrokenSource(IDocumentSource inner) : IDocumentSource
    {
        public SourceScope Scope => inner.Scope;

        public string Description => inner.Description;

        public IAsyncEnumerable<ListingPage> ListAsync(string? cursor, CancellationToken cancellationToken) => throw new Streams.Failures.StorageException("it broke in the middle");

        public ValueTask<DocumentContent> OpenAsync(ListedDocument document, CancellationToken cancellationToken) => inner.OpenAsync(document, cancellationToken);
    }

    private static InProcessCluster Slow()
    {
        var cluster = new InProcessCluster();
        cluster.Workshop = new TestWorkshop(cluster.Database)
        {
            Options = new PipelineOptions
            {
                Partitions = 4,
                BatchRows = 4,
                RetryDelay = TimeSpan.FromMilliseconds(5),
                MaxRetryDelay = TimeSpan.FromMilliseconds(50),
                SinkFlushAge = TimeSpan.FromMilliseconds(5),
                BatchFlushAge = TimeSpan.FromMilliseconds(5),
            },
            OpenEmbedder = static () => new HashingEmbedder { Latency = s_slow },
        };
        return cluster;
    }

    private static async Task UntilAsync(InProcessCluster cluster, long job, Func<JobRecord, bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            var record = (await cluster.Jobs.FindAsync(job, CancellationToken.None))!;
            if (condition(record))
            {
                return;
            }

            if (limit.IsCancellationRequested || record.HasEnded)
            {
                throw new TimeoutException($"job {job} does not come to what is waited for: {record.State} {record.Reason} {record.Progress}");
            }

            await cluster.Jobs.WaitForNewsAsync(TimeSpan.FromMilliseconds(50), CancellationToken.None);
        }
    }

    private static JsonElement Documents(JobRecord record) => JsonDocument.Parse(record.Progress!).RootElement.GetProperty("documents");

    private static long Count(JobRecord record, string name) =>
        record.Progress is { } progress && JsonDocument.Parse(progress).RootElement.GetProperty("counts").TryGetProperty(name, out var count) ? count.GetInt64() : 0;
}
