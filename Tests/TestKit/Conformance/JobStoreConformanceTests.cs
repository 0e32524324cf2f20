using Shouldly;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Xunit;

namespace Sluice.TestKit.Conformance;

/// <summary>What every store of jobs must do. A database's tests derive from this and say how to open it.</summary>
public abstract class JobStoreConformanceTests : IAsyncLifetime
{
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(60);
    private static readonly JobSubmission s_submission = new("all mails", ["s3://bucket/a/", "file:///b ü/"], "sluice.model = \"x\"\n", 100);

    private IJobStore? _store;
    private long _epoch;

    protected static CancellationToken None => CancellationToken.None;

    protected IJobStore Store => _store ?? throw new InvalidOperationException("not open");

    /// <summary>Opens the same unique store, empty the first time, each time it is called within one test.</summary>
    protected abstract IJobStore Open();

    public virtual async Task InitializeAsync()
    {
        _store = Open();
        await _store.InitializeAsync(None);
    }

    public virtual async Task DisposeAsync() => await Store.DisposeAsync();

    /// <summary>The office of the coordinator, taken once a test.</summary>
    private async Task<long> EpochAsync() => _epoch = _epoch == 0 ? await Store.CoordinateAsync(None) : _epoch;

    [Fact]
    public async Task Coordinator_ThatStoodStillWhileAnotherTookOver_IsRefused()
    {
        var job = await Store.SubmitAsync(s_submission, None);
        var first = await Store.CoordinateAsync(None);
        await Store.SaveAsync(first, job, JobState.Running, 0, null, None);
        await Store.ReportAsync(first, job, """{"documents":1}""", None);
        (await Store.IsCoordinatorAsync(first, None)).ShouldBeTrue();

        var second = await Store.CoordinateAsync(None);
        second.ShouldBeGreaterThan(first);
        await Store.ReportAsync(second, job, """{"documents":2}""", None);
        await Store.SaveAsync(second, job, JobState.Done, 2, null, None);
        await Should.ThrowAsync<SupersededException>(() => Store.SaveAsync(first, job, JobState.Running, 0, "late", None));
        await Should.ThrowAsync<SupersededException>(() => Store.ReportAsync(first, job, """{"documents":1}""", None));
        (await Store.IsCoordinatorAsync(first, None)).ShouldBeFalse();
        (await Store.FindAsync(job, None))!.ShouldSatisfyAllConditions(
            static found => found.State.ShouldBe(JobState.Done), static found => found.SourcesDone.ShouldBe(2), static found => found.Progress.ShouldBe("""{"documents":2}"""));
    }

    [Fact]
    public async Task SubmitAsync_ThenFind_GivesWhatWasAskedFor()
    {
        var job = await Store.SubmitAsync(s_submission, None);
        job.ShouldBeGreaterThan(0);
        var found = (await Store.FindAsync(job, None))!;
        (found.Id, found.State, found.Wish, found.SourcesDone, found.HasEnded).ShouldBe((job, JobState.Queued, JobWish.Run, 0, false));
        (found.Submission.Name, found.Submission.Settings, found.Submission.Weight).ShouldBe((s_submission.Name, s_submission.Settings, 100));
        found.Submission.Sources.ShouldBe(s_submission.Sources);
        (found.Began, found.Ended, found.Reason, found.Progress, found.Reported).ShouldBe((null, null, null, null, null));
        found.Submitted.ShouldBe(TimeProvider.System.GetUtcNow(), s_long);
        (await Store.FindAsync(job + 1, None)).ShouldBeNull();
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1_001, 1)]
    [InlineData(1, 0)]
    public async Task SubmitAsync_Illegal_Throws(int weight, int sources)
    {
        await Should.ThrowAsync<ArgumentException>(() => Store.SubmitAsync(s_submission with { Weight = weight, Sources = [.. s_submission.Sources.Take(sources)] }, None));
        (await Store.ListAsync(unendedOnly: false, 10, None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task ListAsync_EndedAndNot_ListsLatestFirst()
    {
        var jobs = new List<long>();
        for (var i = 0; i < 5; i++)
        {
            jobs.Add(await Store.SubmitAsync(s_submission with { Name = $"{i}" }, None));
        }

        await Store.SaveAsync(await EpochAsync(), jobs[1], JobState.Done, 2, null, None);
        await Store.SaveAsync(await EpochAsync(), jobs[3], JobState.Failed, 0, "no such bucket", None);
        (await Store.ListAsync(unendedOnly: false, 10, None)).Select(static job => job.Id).ShouldBe(Enumerable.Reverse(jobs));
        (await Store.ListAsync(unendedOnly: true, 10, None)).Select(static job => job.Id).ShouldBe([jobs[4], jobs[2], jobs[0]]);
        (await Store.ListAsync(unendedOnly: true, 2, None)).Select(static job => job.Id).ShouldBe([jobs[4], jobs[2]]);
        jobs.ShouldBe(jobs.Order());
    }

    [Fact]
    public async Task SaveAsync_ThroughItsLife_DatesBeginningAndEnd()
    {
        var job = await Store.SubmitAsync(s_submission, None);
        await Store.SaveAsync(await EpochAsync(), job, JobState.Running, 0, null, None);
        var began = (await Store.FindAsync(job, None))!.Began.ShouldNotBeNull();
        await Store.SaveAsync(await EpochAsync(), job, JobState.Paused, 1, "the database is away", None);
        (await Store.FindAsync(job, None))!.ShouldSatisfyAllConditions(
            job => job.State.ShouldBe(JobState.Paused), job => job.SourcesDone.ShouldBe(1), job => job.Reason.ShouldBe("the database is away"), job => job.Ended.ShouldBeNull());
        await Store.SaveAsync(await EpochAsync(), job, JobState.Running, 1, null, None);
        await Store.SaveAsync(await EpochAsync(), job, JobState.Done, 2, null, None);
        var ended = (await Store.FindAsync(job, None))!;
        (ended.State, ended.SourcesDone, ended.Reason, ended.Began, ended.HasEnded).ShouldBe((JobState.Done, 2, null, began, true));
        ended.Ended.ShouldNotBeNull().ShouldBeGreaterThanOrEqualTo(began);
    }

    /// <summary>Whoever resumes a job that runs and waits for something wants it to look again: it is queued, so that its coordinator notices.</summary>
    [Theory]
    [InlineData(JobState.Running, JobState.Queued)]
    [InlineData(JobState.Paused, JobState.Paused)]
    [InlineData(JobState.Failed, JobState.Queued)]
    public async Task WishAsync_Run_QueuesWhatRunsOrFailed(JobState state, JobState then)
    {
        var job = await Store.SubmitAsync(s_submission, None);
        await Store.SaveAsync(await EpochAsync(), job, state, 1, null, None);
        (await Store.WishAsync(job, JobWish.Run, None)).ShouldBeTrue();
        var found = (await Store.FindAsync(job, None))!;
        (found.State, found.Wish, found.SourcesDone, found.HasEnded).ShouldBe((then, JobWish.Run, 1, false));
    }

    [Fact]
    public async Task ReportAsync_Twice_KeepsTheLast()
    {
        var job = await Store.SubmitAsync(s_submission, None);
        await Store.ReportAsync(await EpochAsync(), job, """{"documents":1}""", None);
        await Store.ReportAsync(await EpochAsync(), job, """{"documents":2}""", None);
        var found = (await Store.FindAsync(job, None))!;
        found.Progress.ShouldBe("""{"documents":2}""");
        found.Reported.ShouldNotBeNull();
    }

    [Fact]
    public async Task WishAsync_RunAfterItFailed_QueuesItAgain()
    {
        var job = await Store.SubmitAsync(s_submission, None);
        await Store.ReportAsync(await EpochAsync(), job, """{"walk":7}""", None);
        await Store.SaveAsync(await EpochAsync(), job, JobState.Failed, 1, "the password was changed", None);
        (await Store.WishAsync(job, JobWish.Pause, None)).ShouldBeFalse();
        (await Store.WishAsync(job, JobWish.Cancel, None)).ShouldBeFalse();
        (await Store.WishAsync(job, JobWish.Run, None)).ShouldBeTrue();
        var found = (await Store.FindAsync(job, None))!;
        (found.State, found.Wish, found.SourcesDone, found.Reason, found.Ended, found.Progress).ShouldBe((JobState.Queued, JobWish.Run, 1, null, null, """{"walk":7}"""));
        (await Store.ListAsync(unendedOnly: true, 10, None)).ShouldHaveSingleItem().Id.ShouldBe(job);
    }

    [Fact]
    public async Task AmendAsync_OfAFailedJob_AddsToItsSettingsOnce()
    {
        var job = await Store.SubmitAsync(s_submission, None);
        await Store.SaveAsync(await EpochAsync(), job, JobState.Failed, 0, "many documents are gone", None);
        (await Store.AmendAsync(job, "sluice.prune = always", None)).ShouldBeTrue();
        (await Store.AmendAsync(job, "sluice.prune = always", None)).ShouldBeTrue();
        (await Store.FindAsync(job, None))!.Submission.Settings.ShouldBe(s_submission.Settings + "\nsluice.prune = always");
        await Store.SaveAsync(await EpochAsync(), job, JobState.Done, 1, null, None);
        (await Store.AmendAsync(job, "sluice.prune = never", None)).ShouldBeFalse();
        (await Store.AmendAsync(job + 1, "sluice.prune = never", None)).ShouldBeFalse();
    }

    [Fact]
    public async Task WishAsyncAndWeighAsync_UntilItEnded_AreKept()
    {
        var job = await Store.SubmitAsync(s_submission, None);
        (await Store.WishAsync(job, JobWish.Pause, None)).ShouldBeTrue();
        (await Store.WeighAsync(job, 1_000, None)).ShouldBeTrue();
        var found = (await Store.FindAsync(job, None))!;
        (found.Wish, found.Submission.Weight).ShouldBe((JobWish.Pause, 1_000));
        await Should.ThrowAsync<ArgumentException>(() => Store.WeighAsync(job, 0, None));

        await Store.SaveAsync(await EpochAsync(), job, JobState.Cancelled, 0, null, None);
        (await Store.WishAsync(job, JobWish.Run, None)).ShouldBeFalse();
        (await Store.WeighAsync(job, 1, None)).ShouldBeFalse();
        (await Store.WishAsync(job + 1, JobWish.Run, None)).ShouldBeFalse();
        (await Store.FindAsync(job, None))!.Wish.ShouldBe(JobWish.Pause);
    }

    [Fact]
    public async Task WaitForNewsAsync_SubmittedWishedOrWeighed_ReturnsAtOnce()
    {
        await using var other = Open();
        await Store.WaitForNewsAsync(s_long, None);
        var job = 0L;
        foreach (var act in new Func<Task>[]
        {
            async () => job = await other.SubmitAsync(s_submission, None),
            () => other.WishAsync(job, JobWish.Pause, None),
            () => other.WeighAsync(job, 7, None),
        })
        {
            var news = Store.WaitForNewsAsync(s_long, None);
            await act();
            await news.WaitAsync(s_long / 2);
        }
    }

    [Fact]
    public async Task WaitForNewsAsync_NewsBeforeIt_AreNotMissed()
    {
        await Store.WaitForNewsAsync(s_long, None);
        await Store.SubmitAsync(s_submission, None);
        await Store.WaitForNewsAsync(s_long, None).WaitAsync(s_long / 2);
    }

    [Fact]
    public async Task WaitForNewsAsync_StatesAndProgressAlone_WaitsItsLongest()
    {
        var job = await Store.SubmitAsync(s_submission, None);
        await Store.WaitForNewsAsync(s_long, None);
        var start = TimeProvider.System.GetTimestamp();
        var news = Store.WaitForNewsAsync(TimeSpan.FromSeconds(1), None);
        await Store.SaveAsync(await EpochAsync(), job, JobState.Running, 0, null, None);
        await Store.ReportAsync(await EpochAsync(), job, "{}", None);
        await news;
        TimeProvider.System.GetElapsedTime(start).ShouldBeGreaterThan(TimeSpan.FromMilliseconds(900));
    }

    [Fact]
    public async Task WaitForNewsAsync_Cancelled_Throws()
    {
        await Store.WaitForNewsAsync(s_long, None);
        using var cancel = new CancellationTokenSource();
        var news = Store.WaitForNewsAsync(s_long, cancel.Token);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => news.WaitAsync(s_long));
    }
}
