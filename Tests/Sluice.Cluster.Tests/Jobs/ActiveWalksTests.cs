using Sluice.Cluster.Jobs;
using Sluice.Streams.Documents;

namespace Sluice.Cluster.Tests.Jobs;

public sealed class ActiveWalksTests
{
    private readonly ActiveWalks _walks = new();
    private readonly List<string> _told = [];

    [Fact]
    public async Task EnterAsync_OtherDocumentsOrAnotherDatabase_DoesNotWait()
    {
        using var first = await EnterAsync(1, "file:///a/", "one");
        using var second = await EnterAsync(2, "file:///b/", "one");
        using var third = await EnterAsync(3, "file:///a/", "two");
        using var page = await EnterAsync(4, "http://host/a.html", "one");
        using var otherPage = await EnterAsync(5, "http://host/", "one");
        _told.ShouldBeEmpty();
    }

    [Fact]
    public async Task EnterAsync_TheSameDocuments_WaitsForTheOther()
    {
        var first = await EnterAsync(1, "file:///a/", "one");
        using var given = new CancellationTokenSource();
        await Should.ThrowAsync<OperationCanceledException>(() => EnterAsync(2, "file:///a/b/", "one", given));
        _told.ShouldHaveSingleItem().ShouldContain("waits for job 1");
        first.Dispose();
        using var second = await EnterAsync(2, "file:///a/b/", "one");
    }

    [Fact]
    public async Task PrepareAsync_OneDatabase_IsOneAtATime()
    {
        var first = await _walks.PrepareAsync("one", _told.Add, CancellationToken.None);
        using var other = await _walks.PrepareAsync("two", _told.Add, CancellationToken.None);
        var second = _walks.PrepareAsync("one", _told.Add, CancellationToken.None);
        second.IsCompleted.ShouldBeFalse();
        _told.ShouldHaveSingleItem().ShouldContain("another job prepares the same database");
        first.Dispose();
        first.Dispose();
        using var taken = await second.WaitAsync(TimeSpan.FromSeconds(30));
        var third = _walks.PrepareAsync("one", _told.Add, CancellationToken.None);
        third.IsCompleted.ShouldBeFalse("a second disposal gives nothing back");
        taken.Dispose();
        (await third.WaitAsync(TimeSpan.FromSeconds(30))).Dispose();
    }

    [Fact]
    public async Task Filling_OnlyWalksOfOthersThatHaveBegun_AreNamed()
    {
        using var mine = await EnterAsync(1, "file:///a/", "one");
        using var other = await EnterAsync(2, "file:///b/", "one");
        using var elsewhere = await EnterAsync(3, "file:///c/", "two");
        elsewhere.Begun();
        mine.Begun();
        _walks.Filling(mine).ShouldBeNull();
        other.Begun();
        _walks.Filling(mine).ShouldBe("job 2");
        other.Dispose();
        _walks.Filling(mine).ShouldBeNull();
    }

    /// <summary>What a cancelled opening gives back late is its own, not that of the job's next life.</summary>
    [Fact]
    public async Task Dispose_OfAnEarlierEntryOfTheJob_LeavesTheLaterOne()
    {
        var early = await EnterAsync(1, "file:///a/", "one");
        using var late = await EnterAsync(1, "file:///a/", "one");
        early.Dispose();
        early.Dispose();
        using var given = new CancellationTokenSource();
        await Should.ThrowAsync<OperationCanceledException>(() => EnterAsync(2, "file:///a/", "one", given));
    }

    /// <summary>Enters; one who has to wait gives up as soon as it is told so.</summary>
    private Task<ActiveWalks.Entry> EnterAsync(long job, string scope, string sink, CancellationTokenSource? giveUp = null) => _walks.EnterAsync(
        job,
        SourceScope.Parse(scope),
        sink,
        text =>
        {
            _told.Add(text);
            giveUp?.Cancel();
        },
        TimeProvider.System,
        giveUp?.Token ?? CancellationToken.None);
}
