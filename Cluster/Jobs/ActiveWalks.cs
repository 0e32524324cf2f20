using Sluice.Actors.Ledgers;

namespace Sluice.Cluster.Jobs;

/// <summary>
/// Walks under way on the coordinator: two walks of the same documents into the same database would take them from each other, so the second one waits for the first
/// to end. Safe for concurrent use.
/// </summary>
internal sealed class ActiveWalks
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);
    private readonly Dictionary<long, (string Scope, string Sink)> _walks = [];
    private readonly Lock _lock = new();

    /// <summary>Waits until no other job walks the same documents, then enters.</summary>
    /// <param name="job">The job.</param>
    /// <param name="scope">What it walks.</param>
    /// <param name="sink">Where to.</param>
    /// <param name="waiting">Told, in words, what is waited for.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task EnterAsync(long job, string scope, string sink, Action<string> waiting, TimeProvider time, CancellationToken cancellationToken)
    {
        while (TryEnter(job, scope, sink) is var other and > 0)
        {
            waiting($"waits for job {other}, which reads the same documents into the same database");
            await Task.Delay(s_pause, time, cancellationToken);
        }
    }

    /// <summary>The job's walk has ended, or never began.</summary>
    public void Leave(long job)
    {
        lock (_lock)
        {
            _walks.Remove(job);
        }
    }

    private long TryEnter(long job, string scope, string sink)
    {
        lock (_lock)
        {
            foreach (var (other, walk) in _walks)
            {
                if (other != job && walk.Sink.Equals(sink, StringComparison.Ordinal) && LedgerScope.Overlap(walk.Scope, scope))
                {
                    return other;
                }
            }

            _walks[job] = (scope, sink);
            return 0;
        }
    }
}
