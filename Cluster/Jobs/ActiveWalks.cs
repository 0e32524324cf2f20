using Sluice.Actors.Ledgers;

namespace Sluice.Cluster.Jobs;

/// <summary>
/// Walks under way on the coordinator: two walks of the same documents into the same database would take them from each other, so the second one waits for the first
/// to end. Safe for concurrent use.
/// </summary>
internal sealed class ActiveWalks
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);
    private readonly HashSet<Entry> _walks = [];
    private readonly Lock _lock = new();

    /// <summary>Waits until no other job walks the same documents, then enters.</summary>
    /// <param name="job">The job.</param>
    /// <param name="scope">What it walks.</param>
    /// <param name="sink">Where to.</param>
    /// <param name="waiting">Told, in words, what is waited for.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The entry; whoever entered disposes it when the walk has ended, or never began. That takes no other entry away, of the same job neither.</returns>
    public async Task<IDisposable> EnterAsync(long job, string scope, string sink, Action<string> waiting, TimeProvider time, CancellationToken cancellationToken)
    {
        var entry = new Entry(this, job, scope, sink);
        while (TryEnter(entry) is var other and > 0)
        {
            waiting($"waits for job {other}, which reads the same documents into the same database");
            await Task.Delay(s_pause, time, cancellationToken);
        }

        return entry;
    }

    private long TryEnter(Entry entry)
    {
        lock (_lock)
        {
            foreach (var other in _walks)
            {
                if (other.Job != entry.Job && other.Sink.Equals(entry.Sink, StringComparison.Ordinal) && LedgerScope.Overlap(other.Scope, entry.Scope))
                {
                    return other.Job;
                }
            }

            _walks.Add(entry);
            return 0;
        }
    }

    private void Leave(Entry entry)
    {
        lock (_lock)
        {
            _walks.Remove(entry);
        }
    }

    private sealed class Entry(ActiveWalks walks, long job, string scope, string sink) : IDisposable
    {
        public long Job => job;

        public string Scope => scope;

        public string Sink => sink;

        public void Dispose() => walks.Leave(this);
    }
}
