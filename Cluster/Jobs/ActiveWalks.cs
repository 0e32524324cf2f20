using Sluice.Streams.Documents;

namespace Sluice.Cluster.Jobs;

/// <summary>
/// Walks under way on the coordinator: two walks of the same documents into the same database would take them from each other, so the second one waits for the first
/// to end. Safe for concurrent use.
/// </summary>
internal sealed class ActiveWalks
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);
    private readonly HashSet<Entry> _walks = [];
    private readonly Dictionary<string, SemaphoreSlim> _preparing = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    /// <summary>Waits until no other job walks the same documents, then enters.</summary>
    /// <param name="job">The job.</param>
    /// <param name="scope">What it walks.</param>
    /// <param name="sink">Where to.</param>
    /// <param name="waiting">Told, in words, what is waited for.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The entry; whoever entered disposes it when the walk has ended, or never began. That takes no other entry away, of the same job neither.</returns>
    public async Task<Entry> EnterAsync(long job, SourceScope scope, string sink, Action<string> waiting, TimeProvider time, CancellationToken cancellationToken)
    {
        var entry = new Entry(this, job, scope, sink);
        while (TryEnter(entry) is var other and > 0)
        {
            waiting($"waits for job {other}, which reads the same documents into the same database");
            await Task.Delay(s_pause, time, cancellationToken);
        }

        return entry;
    }

    /// <summary>Waits until no other job prepares the same database: one that finds no collection there must not be right by the time that another has made it.</summary>
    /// <param name="sink">The database.</param>
    /// <param name="waiting">Told, in words, when it has to wait.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>To be disposed when the collection is there and the walk has begun.</returns>
    public async Task<IDisposable> PrepareAsync(string sink, Action<string> waiting, CancellationToken cancellationToken)
    {
        SemaphoreSlim gate;
        lock (_lock)
        {
            if (!_preparing.TryGetValue(sink, out gate!))
            {
                _preparing.Add(sink, gate = new SemaphoreSlim(1));
            }
        }

        var entered = gate.WaitAsync(cancellationToken);
        if (!entered.IsCompleted)
        {
            waiting("waits while another job prepares the same database");
        }

        await entered;
        return new Preparation(gate);
    }

    /// <summary>Who is filling a database, apart from one walk.</summary>
    /// <param name="entry">The walk.</param>
    /// <returns>In words; null when nobody is.</returns>
    public string? Filling(Entry entry)
    {
        lock (_lock)
        {
            return _walks.FirstOrDefault(other => other != entry && other.Job != entry.Job && other.HasBegun && other.Sink.Equals(entry.Sink, StringComparison.Ordinal)) is { } found
                ? $"job {found.Job}"
                : null;
        }
    }

    private long TryEnter(Entry entry)
    {
        lock (_lock)
        {
            foreach (var other in _walks)
            {
                if (other.Job != entry.Job && other.Sink.Equals(entry.Sink, StringComparison.Ordinal) && other.Scope.Overlaps(entry.Scope))
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

    /// <summary>A walk under way.</summary>
    internal sealed class Entry(ActiveWalks walks, long job, SourceScope scope, string sink) : IDisposable
    {
        private volatile bool _begun;

        public long Job => job;

        public SourceScope Scope => scope;

        public string Sink => sink;

        /// <summary>Whether it fills the database by now.</summary>
        public bool HasBegun => _begun;

        public void Begun() => _begun = true;

        public void Dispose() => walks.Leave(this);
    }

    private sealed class Preparation(SemaphoreSlim gate) : IDisposable
    {
        private SemaphoreSlim? _gate = gate;

        public void Dispose() => Interlocked.Exchange(ref _gate, null)?.Release();
    }
}
