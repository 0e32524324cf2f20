namespace Sluice.Actors.Parsing.Workers;

/// <summary>
/// The workers of a process: started when a document needs one, kept for the next, replaced after so many documents, ended when unused for a while. One document has a
/// worker for itself. Safe for concurrent use.
/// </summary>
internal sealed class WorkerPool : IAsyncDisposable
{
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    /// <summary>Workers that came up without a network of their own alone, after which none is asked for any more.</summary>
    private const int MaxUnisolated = 3;

    private readonly WorkerCommand _command;
    private readonly WorkerOptions _options;
    private readonly long _maxPicture;
    private readonly TimeProvider _time;
    private readonly Func<long> _available;
    private readonly SemaphoreSlim _places;
    private readonly Lock _lock = new();
    private readonly Stack<WorkerProcess> _idle = new();
    private readonly HashSet<WorkerProcess> _busy = [];
    private readonly ITimer _watch;
    private bool _isolates = WorkerStarter.CanIsolate;
    private int _unisolated;
    private int _started;
    private bool _disposed;

    /// <summary>Makes the pool; starts nothing.</summary>
    /// <param name="command">The program.</param>
    /// <param name="options">The limits; not changed afterwards.</param>
    /// <param name="count">Most workers at once.</param>
    /// <param name="maxPicture">Largest picture that a worker may send, in bytes.</param>
    /// <param name="time">The clock.</param>
    /// <param name="available">Bytes that the machine could still give.</param>
    public WorkerPool(WorkerCommand command, WorkerOptions options, int count, long maxPicture, TimeProvider time, Func<long> available)
    {
        _command = command;
        _options = options;
        _maxPicture = maxPicture;
        _time = time;
        _available = available;
        _places = new SemaphoreSlim(count);
        _watch = time.CreateTimer(static state => ((WorkerPool)state!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The clock.</summary>
    public TimeProvider Time => _time;

    /// <summary>Workers that were started so far.</summary>
    public int Started => Volatile.Read(ref _started);

    /// <summary>Workers that live, with a document or without.</summary>
    public IReadOnlyList<WorkerProcess> Workers
    {
        get
        {
            lock (_lock)
            {
                return [.. _busy, .. _idle];
            }
        }
    }

    /// <summary>Most memory that any worker was seen with.</summary>
    public long PeakMemory { get; private set; }

    /// <summary>Gives a worker to a document, when it is its turn.</summary>
    /// <param name="fresh">Whether it must be one that has parsed nothing yet.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The worker, to be passed to <see cref="ReturnAsync"/>.</returns>
    /// <exception cref="WorkersUnavailableException">None can be started.</exception>
    public async Task<WorkerProcess> TakeAsync(bool fresh, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var worker = (fresh ? null : TakeIdle()) ?? await StartAsync(cancellationToken).ConfigureAwait(false);
            lock (_lock)
            {
                _busy.Add(worker);
                _watch.Change(s_look, s_look);
            }

            return worker;
        }
        catch
        {
            _places.Release();
            throw;
        }
    }

    /// <summary>Makes sure, once, that workers can be had: the first one is started and kept.</summary>
    /// <exception cref="WorkersUnavailableException">None can be started.</exception>
    public async ValueTask EnsureAsync(CancellationToken cancellationToken)
    {
        if (Started == 0)
        {
            await ReturnAsync(await TakeAsync(fresh: false, cancellationToken).ConfigureAwait(false), usable: true).ConfigureAwait(false);
        }
    }

    /// <summary>Takes a worker back.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="usable">Whether its document ended as it should; otherwise it is ended.</param>
    /// <returns>When it is kept, or has ended.</returns>
    public async ValueTask ReturnAsync(WorkerProcess worker, bool usable)
    {
        var kept = false;
        lock (_lock)
        {
            _busy.Remove(worker);
            PeakMemory = Math.Max(PeakMemory, worker.PeakMemory);
            if (usable && !_disposed && worker.IsAlive && worker.Documents < _options.Documents)
            {
                worker.IdleSince = _time.GetTimestamp();
                _idle.Push(worker);
                kept = true;
            }
        }

        try
        {
            if (!kept)
            {
                await worker.DisposeAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>Ends all workers. Documents that are under way fail.</summary>
    public async ValueTask DisposeAsync()
    {
        WorkerProcess[] workers;
        lock (_lock)
        {
            _disposed = true;
            workers = [.. _idle, .. _busy];
            _idle.Clear();
        }

        await _watch.DisposeAsync().ConfigureAwait(false);
        foreach (var worker in workers)
        {
            await worker.DisposeAsync().ConfigureAwait(false);
        }
    }

    private WorkerProcess? TakeIdle()
    {
        lock (_lock)
        {
            while (_idle.TryPop(out var worker))
            {
                if (worker.IsAlive)
                {
                    return worker;
                }

                _ = worker.DisposeAsync().AsTask(); // It has ended: nothing is waited for.
            }

            return null;
        }
    }

    /// <summary>With a network of its own where the kernel lets us, else without.</summary>
    private async Task<WorkerProcess> StartAsync(CancellationToken cancellationToken)
    {
        var isolates = Volatile.Read(ref _isolates);
        var worker = await WorkerProcess.StartAsync(_command, _options, _maxPicture, isolates, _time, _available, cancellationToken).ConfigureAwait(false);
        if (worker is null && isolates)
        {
            worker = await WorkerProcess.StartAsync(_command, _options, _maxPicture, isolated: false, _time, _available, cancellationToken).ConfigureAwait(false);
            if (worker is not null && Interlocked.Increment(ref _unisolated) >= MaxUnisolated)
            {
                Volatile.Write(ref _isolates, false); // Once may have been a want of memory; so often, the kernel does not let us.
            }
        }

        if (worker is null)
        {
            throw new WorkersUnavailableException($"no worker can be started with {_command.File}");
        }

        Interlocked.Increment(ref _started);
        return worker;
    }

    private void Look()
    {
        var old = new List<WorkerProcess>();
        var available = _available();
        lock (_lock)
        {
            foreach (var worker in _busy)
            {
                worker.WatchMemory(available);
            }

            if (_idle.Count > 0 && _idle.Any(worker => _time.GetElapsedTime(worker.IdleSince) > s_idle))
            {
                old.AddRange(_idle.Where(worker => _time.GetElapsedTime(worker.IdleSince) > s_idle));
                var kept = _idle.Except(old).Reverse().ToList();
                _idle.Clear();
                kept.ForEach(_idle.Push);
            }

            if (_busy.Count == 0)
            {
                var next = _idle.Count == 0 ? Timeout.InfiniteTimeSpan : s_idle;
                _watch.Change(next, next);
            }
        }

        foreach (var worker in old)
        {
            _ = worker.DisposeAsync().AsTask(); // Ended and reaped beside.
        }
    }
}
