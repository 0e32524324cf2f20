using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;
using Sluice.TestKit;
using Sluice.TestKit.Sinks;

namespace Sluice.Cluster.Tests;

/// <summary>Databases that are away while something is deleted or relocated in them, and parts of a node that end meanwhile: no partition waits for what cannot come.</summary>
public sealed class ClusterOutageTests
{
    private static readonly TimeSpan s_soon = TimeSpan.FromMinutes(1);

    /// <summary>The database is away when a job is paused; it comes back, and the job is resumed.</summary>
    [Theory]
    [InlineData(nameof(IVectorSink.DeleteAsync))]
    [InlineData(nameof(IVectorSink.RelocateAsync))]
    public async Task Pause_WhileAnEditWaitsForTheDatabase_ResumeEndsWithTheWholeCorpus(string what)
    {
        var down = false;
        await using var cluster = new InProcessCluster();
        var doors = new Doors();
        cluster.Workshop = new TestWorkshop(cluster.Database)
        {
            WrapSink = sink => doors.Watch(sink, name => name == what && Volatile.Read(ref down) ? new TransientException("the database is being moved") : null),
        };
        cluster.WriteCorpus(30);
        await cluster.StartAsync("coordinate", "parse", "embed", "index");
        (await cluster.EndAsync(await cluster.SubmitAsync())).State.ShouldBe(JobState.Done);
        var stored = (await cluster.StoredAsync()).Count;
        await EditAsync(cluster, what == nameof(IVectorSink.DeleteAsync));

        Volatile.Write(ref down, true);
        var job = await cluster.SubmitAsync();
        await UntilAsync(cluster, job, static record => record.Progress?.Contains("the database is being moved", StringComparison.Ordinal) == true);
        await cluster.Jobs.WishAsync(job, JobWish.Pause, CancellationToken.None);
        await UntilAsync(cluster, job, static record => record.State == JobState.Paused);
        await doors.AllClosedAsync(s_soon); // The job's parts on the node have ended, and with them whoever was asked for the edits.
        Volatile.Write(ref down, false);
        await cluster.Jobs.WishAsync(job, JobWish.Run, CancellationToken.None);
        var ended = await cluster.EndAsync(job, s_soon);
        ended.State.ShouldBe(JobState.Done, ended.Reason);
        (await cluster.StoredAsync()).Count.ShouldBe(stored);
    }

    /// <summary>While deletions wait for the database, one write is refused for good: the station breaks. Then all is well.</summary>
    [Fact]
    public async Task Station_BreaksWhileADeletionWaits_TheJobEndsWithTheWholeCorpus()
    {
        var (armed, writes, refused, broke) = (false, 0, 0, 0);
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var broken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var cluster = new InProcessCluster();
        var doors = new Doors();
        cluster.Workshop = new TestWorkshop(cluster.Database)
        {
            WrapSink = sink =>
            {
                var watched = doors.Watch(sink, name =>
                {
                    if (name != nameof(IVectorSink.DeleteAsync) || !Volatile.Read(ref armed))
                    {
                        return null;
                    }

                    if (Interlocked.Increment(ref refused) == 10)
                    {
                        waiting.TrySetResult();
                    }

                    return new TransientException("the database restarts");
                });
                return new ScriptedSink(
                    async records =>
                    {
                        if (Volatile.Read(ref armed) && Interlocked.Increment(ref writes) > 1) // The first ones give something to delete.
                        {
                            await waiting.Task.WaitAsync(s_soon);
                            if (Interlocked.Increment(ref broke) == 1)
                            {
                                doors.Reset();
                                broken.TrySetResult();
                                throw new StorageException("the database refuses (403): read-only");
                            }
                        }

                        return await watched.UpsertAsync(records, CancellationToken.None);
                    },
                    watched.Capabilities,
                    watched);
            },
        };
        cluster.WriteCorpus(120);
        await cluster.StartAsync("coordinate", "parse", "embed", "index");
        (await cluster.EndAsync(await cluster.SubmitAsync())).State.ShouldBe(JobState.Done);
        var stored = (await cluster.StoredAsync()).Count;
        await EditAsync(cluster, text: true);

        // What is deleted waits from the first document on; later groups break the station.
        Volatile.Write(ref armed, true);
        var job = await cluster.SubmitAsync();
        await broken.Task.WaitAsync(s_soon);
        await doors.OneClosedAsync(s_soon); // The station's: what it had asked for is answered by nobody.
        Volatile.Write(ref armed, false);
        var ended = await cluster.EndAsync(job, s_soon);
        ended.State.ShouldBe(JobState.Done, ended.Reason);
        Volatile.Read(ref broke).ShouldBeGreaterThan(0);
        (await cluster.StoredAsync()).Count.ShouldBe(stored);
    }

    /// <summary>Every document with other words, or further down.</summary>
    private static async Task EditAsync(InProcessCluster cluster, bool text)
    {
        foreach (var file in Directory.GetFiles(cluster.Corpus))
        {
            var was = await File.ReadAllTextAsync(file);
            await File.WriteAllTextAsync(file, text ? was.Replace("rivers", "canals", StringComparison.Ordinal) : "\n\n\n\n" + was);
        }
    }

    private static async Task UntilAsync(InProcessCluster cluster, long job, Func<JobRecord, bool> reached)
    {
        using var limit = new CancellationTokenSource(s_soon);
        while (await cluster.Jobs.FindAsync(job, CancellationToken.None) is not { } record || !reached(record))
        {
            if (limit.IsCancellationRequested)
            {
                var last = await cluster.Jobs.FindAsync(job, CancellationToken.None);
                throw new TimeoutException($"job {job} does not come to what is waited for: {last?.State} {last?.Reason} {last?.Progress}");
            }

            await cluster.Jobs.WaitForNewsAsync(TimeSpan.FromMilliseconds(50), CancellationToken.None);
        }
    }

    /// <summary>Counts the sinks that a cluster has open.</summary>
    private sealed class Doors
    {
        private readonly Lock _lock = new();
        private TaskCompletionSource _allClosed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private TaskCompletionSource _oneClosed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _open;

        public IVectorSink Watch(IVectorSink sink, Func<string, Exception?> trip)
        {
            lock (_lock)
            {
                if (_open++ == 0 && _allClosed.Task.IsCompleted)
                {
                    _allClosed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }
            }

            return Tripwire.Around(sink, name =>
            {
                if (name == nameof(IAsyncDisposable.DisposeAsync))
                {
                    Closed();
                }

                return trip(name);
            });
        }

        public void Reset()
        {
            lock (_lock)
            {
                _oneClosed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        public Task AllClosedAsync(TimeSpan limit)
        {
            lock (_lock)
            {
                return _allClosed.Task.WaitAsync(limit);
            }
        }

        public async Task OneClosedAsync(TimeSpan limit)
        {
            Task closed;
            lock (_lock)
            {
                closed = _oneClosed.Task;
            }

            await closed.WaitAsync(limit);
        }

        private void Closed()
        {
            lock (_lock)
            {
                _oneClosed.TrySetResult();
                if (--_open == 0)
                {
                    _allClosed.TrySetResult();
                }
            }
        }
    }
}
