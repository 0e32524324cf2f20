using System.Text.Json;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Cluster.Tests.Jobs;

/// <summary>Nodes that cannot read a job's documents: their mount is gone, or they never had the path.</summary>
public sealed class ReadingTests
{
    private const int Documents = 60;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Parser_WithoutItsMountOrPath_LeavesItsPartitionsToOthers(bool neverHadThePath)
    {
        await using var cluster = new InProcessCluster();
        cluster.WriteCorpus(Documents);
        await cluster.StartAsync("coordinate", "parse", "embed", "index");
        cluster.Workshop = new TestWorkshop(cluster.Database)
        {
            WrapSource = source => neverHadThePath ? throw new ConfigurationException("there is no /corpus") : new MountedSource(source, static () => false),
        };
        await cluster.StartAsync("parse");
        var job = await cluster.SubmitAsync();
        var words = await UntilAsync(cluster, job, "cannot read the documents, and leaves them to other nodes");
        words.ShouldContain(neverHadThePath ? "there is no /corpus" : "nothing is mounted there");
        var ended = await cluster.EndAsync(job);
        ended.State.ShouldBe(JobState.Done, ended.Reason);
        ShouldBeWhole(ended);
    }

    [Fact]
    public async Task Parser_WhoseMountGoesInTheMiddle_LeavesItsPartitionsToOthers()
    {
        await using var cluster = new InProcessCluster();
        var (opened, mounted) = (0, true);
        cluster.WriteCorpus(Documents);
        await cluster.StartAsync("coordinate", "embed", "index");
        cluster.Workshop = new TestWorkshop(cluster.Database)
        {
            WrapSource = source => new MountedSource(source, () => Volatile.Read(ref mounted))
            {
                Opened = () =>
                {
                    if (Interlocked.Increment(ref opened) == 5)
                    {
                        Volatile.Write(ref mounted, false);
                    }
                },
            },
        };
        await cluster.StartAsync("parse");
        var job = await cluster.SubmitAsync();
        await UntilAsync(cluster, job, "no node that parses can read the documents; it waits until one can");
        cluster.Workshop = new TestWorkshop(cluster.Database);
        await cluster.StartAsync("parse");
        var ended = await cluster.EndAsync(job);
        ended.State.ShouldBe(JobState.Done, ended.Reason);
        ShouldBeWhole(ended);
    }

    [Fact]
    public async Task NoParser_CanRead_TheJobWaitsUntilOneCan()
    {
        await using var cluster = new InProcessCluster();
        var mounted = false;
        cluster.WriteCorpus(Documents);
        await cluster.StartAsync("coordinate", "embed", "index");
        cluster.Workshop = new TestWorkshop(cluster.Database) { WrapSource = source => new MountedSource(source, () => Volatile.Read(ref mounted)) };
        await cluster.StartAsync("parse");
        var job = await cluster.SubmitAsync();
        await UntilAsync(cluster, job, "no node that parses can read the documents; it waits until one can");
        (await cluster.Jobs.FindAsync(job, CancellationToken.None))!.State.ShouldBe(JobState.Running);
        Volatile.Write(ref mounted, true);
        var ended = await cluster.EndAsync(job);
        ended.State.ShouldBe(JobState.Done, ended.Reason);
        ShouldBeWhole(ended);
    }

    private static void ShouldBeWhole(JobRecord ended)
    {
        using var progress = JsonDocument.Parse(ended.Progress!);
        progress.RootElement.GetProperty("documents").GetProperty("indexed").GetInt64().ShouldBe(Documents, ended.Progress);
    }

    private static async Task<string> UntilAsync(InProcessCluster cluster, long job, string words)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            var record = (await cluster.Jobs.FindAsync(job, CancellationToken.None))!;
            if (record.Progress?.Contains(words, StringComparison.Ordinal) == true)
            {
                return record.Progress;
            }

            if (limit.IsCancellationRequested || record.HasEnded)
            {
                throw new TimeoutException($"nobody says '{words}': {record.State} {record.Reason} {record.Progress}");
            }

            await cluster.Jobs.WaitForNewsAsync(TimeSpan.FromMilliseconds(50), CancellationToken.None);
        }
    }

    /// <summary>A source below a mount: without it the root is an empty folder, and every document is gone.</summary>
    private sealed class MountedSource(IDocumentSource inner, Func<bool> mounted) : IDocumentSource
    {
        public Action Opened { get; init; } = static () => { };

        public SourceScope Scope => inner.Scope;

        public string Description => inner.Description;

        public IAsyncEnumerable<ListingPage> ListAsync(string? cursor, CancellationToken cancellationToken) => inner.ListAsync(cursor, cancellationToken);

        public ValueTask<RootCheck> CheckRootAsync(string? root, CancellationToken cancellationToken) =>
            mounted() ? inner.CheckRootAsync(root, cancellationToken) : new(RootCheck.Away("nothing is mounted there"));

        public async ValueTask<DocumentContent> OpenAsync(ListedDocument document, CancellationToken cancellationToken)
        {
            Opened();
            while (!mounted())
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken); // As the source's breaker does: it waits, and is stopped.
            }

            return await inner.OpenAsync(document, cancellationToken);
        }
    }
}
