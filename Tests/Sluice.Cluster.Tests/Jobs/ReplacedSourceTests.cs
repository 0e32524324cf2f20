using System.Text.Json;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;
using Sluice.TestKit;

namespace Sluice.Cluster.Tests.Jobs;

/// <summary>Jobs whose source is another one than they began with.</summary>
public sealed class ReplacedSourceTests
{
    private const int Documents = 60;

    /// <summary>A folder is moved away in the middle of a job, and another one put in its place: on purpose, says who resumes the job.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Resume_WithAnotherFolderInItsPlace_ListsThatAndAsksBeforeItRemoves(bool paused)
    {
        await using var cluster = new InProcessCluster();
        cluster.WriteCorpus(Documents);
        var (armed, opened) = (false, 0);
        cluster.Workshop = new TestWorkshop(cluster.Database)
        {
            WrapSource = source => Tripwire.Around(source, method =>
            {
                if (Volatile.Read(ref armed) && method == nameof(IDocumentSource.OpenAsync) && Interlocked.Increment(ref opened) == 6)
                {
                    Directory.Move(cluster.Corpus, cluster.Corpus + "-away");
                    Directory.CreateDirectory(cluster.Corpus);
                    File.WriteAllText(Path.Combine(cluster.Corpus, "new.md"), "# New\n\nAnother folder is here on purpose.\n");
                }

                return null;
            }),
        };
        await cluster.StartAsync("coordinate", "parse", "embed", "index");
        (await cluster.EndAsync(await cluster.SubmitAsync())).State.ShouldBe(JobState.Done);
        var stored = (await cluster.StoredAsync()).Count;
        foreach (var file in Directory.GetFiles(cluster.Corpus))
        {
            await File.AppendAllTextAsync(file, "\nOne line more.\n");
        }

        Volatile.Write(ref armed, true);
        var job = await cluster.SubmitAsync();
        var words = await UntilAsync(cluster, job, static record => record.Progress?.Contains("is another folder than the one that was listed", StringComparison.Ordinal) == true);
        words.Progress.ShouldNotBeNull().ShouldContain($"sluice job resume {job} lists the source from its beginning");
        if (paused)
        {
            await cluster.Jobs.WishAsync(job, JobWish.Pause, CancellationToken.None);
            await UntilAsync(cluster, job, static record => record.State == JobState.Paused);
        }

        (await cluster.Jobs.WishAsync(job, JobWish.Run, CancellationToken.None)).ShouldBeTrue();
        var withheld = await cluster.EndAsync(job);
        withheld.State.ShouldBe(JobState.Failed);
        withheld.Reason.ShouldNotBeNull().ShouldContain("--prune agrees");
        withheld.Progress.ShouldNotBeNull().ShouldContain($"\"withheld\":{Documents}");
        (await cluster.StoredAsync()).Count.ShouldBeGreaterThan(stored, "nothing is removed unasked, and the new document is there");

        await cluster.Jobs.AmendAsync(job, "sluice.prune = always", CancellationToken.None);
        await cluster.Jobs.WishAsync(job, JobWish.Run, CancellationToken.None);
        var ended = await cluster.EndAsync(job);
        ended.State.ShouldBe(JobState.Done, ended.Reason);
        (await cluster.StoredAsync()).Count.ShouldBe(1);
        using var progress = JsonDocument.Parse(ended.Progress!);
        progress.RootElement.GetProperty("documents").GetProperty("discovered").GetInt64().ShouldBe(1);
    }

    /// <summary>Whoever resumes a job whose source is the same goes on with the same walk.</summary>
    [Fact]
    public async Task Resume_WhileItRuns_GoesOnWithTheSameWalk()
    {
        await using var cluster = new InProcessCluster();
        cluster.WriteCorpus(Documents);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (opened, listed) = (0, 0);
        cluster.Workshop = new TestWorkshop(cluster.Database)
        {
            WrapSource = source => new Gated(source, () => Interlocked.Increment(ref opened) < 10 ? Task.CompletedTask : gate.Task, () => Interlocked.Increment(ref listed)),
        };
        await cluster.StartAsync("coordinate", "parse", "embed", "index");
        var job = await cluster.SubmitAsync();
        await UntilAsync(cluster, job, static record => record.State == JobState.Running && IsListed(record));
        (await cluster.Jobs.WishAsync(job, JobWish.Run, CancellationToken.None)).ShouldBeTrue();
        (await cluster.Jobs.FindAsync(job, CancellationToken.None))!.State.ShouldBe(JobState.Queued);
        await UntilAsync(cluster, job, static record => record.State == JobState.Running);
        gate.SetResult();
        var ended = await cluster.EndAsync(job);
        ended.State.ShouldBe(JobState.Done, ended.Reason);
        Volatile.Read(ref listed).ShouldBe(1);
    }

    private static bool IsListed(JobRecord record) => record.Progress?.Contains("\"listed\":true", StringComparison.Ordinal) == true;

    private static async Task<JobRecord> UntilAsync(InProcessCluster cluster, long job, Func<JobRecord, bool> reached)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            var record = (await cluster.Jobs.FindAsync(job, CancellationToken.None))!;
            if (reached(record))
            {
                return record;
            }

            if (limit.IsCancellationRequested || record.HasEnded)
            {
                throw new TimeoutException($"job {job} does not come to what is waited for: {record.State} {record.Reason} {record.Progress}");
            }

            await cluster.Jobs.WaitForNewsAsync(TimeSpan.FromMilliseconds(50), CancellationToken.None);
        }
    }

    private sealed class Gated(IDocumentSource inner, Func<Task> gate, Action listing) : IDocumentSource
    {
        public SourceScope Scope => inner.Scope;

        public string Description => inner.Description;

        public bool TracksRoot => inner.TracksRoot;

        public ValueTask<RootCheck> CheckRootAsync(string? root, CancellationToken cancellationToken) => inner.CheckRootAsync(root, cancellationToken);

        public IAsyncEnumerable<ListingPage> ListAsync(string? cursor, CancellationToken cancellationToken)
        {
            listing();
            return inner.ListAsync(cursor, cancellationToken);
        }

        public async ValueTask<DocumentContent> OpenAsync(ListedDocument document, CancellationToken cancellationToken)
        {
            await gate().WaitAsync(cancellationToken);
            return await inner.OpenAsync(document, cancellationToken);
        }
    }
}
