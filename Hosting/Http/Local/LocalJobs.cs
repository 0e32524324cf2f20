using Microsoft.Extensions.Logging;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Monitoring;
using Sluice.Streams.Failures;

namespace Sluice.Hosting.Http.Local;

/// <summary>The jobs of this machine: run one after the other, each looked at once a second. Safe for concurrent use.</summary>
/// <param name="open">Opens what a job needs.</param>
/// <param name="logger">Told of their states.</param>
/// <param name="time">The clock.</param>
internal sealed class LocalJobs(Func<LocalJob, CancellationToken, Task<LocalRun>> open, ILogger logger, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Most jobs that may wait.</summary>
    public const int MaxWaiting = 100;

    private const int Kept = 200;
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_accountPause = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly List<LocalJob> _jobs = [];
    private readonly Queue<LocalJob> _waiting = new();
    private readonly CancellationTokenSource _stopped = new();
    private Task _working = Task.CompletedTask;
    private long _number;
    private bool _held;

    /// <summary>All jobs, latest first.</summary>
    public IReadOnlyList<LocalJob> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _jobs.AsEnumerable().Reverse()];
            }
        }
    }

    /// <summary>The job that runs, else the last one that began; null for none.</summary>
    public LocalJob? Shown
    {
        get
        {
            lock (_lock)
            {
                return _jobs.Find(static job => job is { HasEnded: false }) ?? _jobs.LastOrDefault();
            }
        }
    }

    /// <summary>Adds a job that is run by somebody else, who has begun.</summary>
    /// <param name="make">Makes it, with its number.</param>
    /// <returns>The job.</returns>
    public LocalJob Add(Func<long, LocalJob> make)
    {
        lock (_lock)
        {
            var job = make(++_number);
            _jobs.Add(job);
            while (_jobs.Count > Kept && _jobs[0].HasEnded)
            {
                _jobs[0].Dispose();
                _jobs.RemoveAt(0);
            }

            return job;
        }
    }

    /// <summary>Adds a job to those that wait.</summary>
    /// <param name="make">Makes it, with its number.</param>
    /// <returns>The job.</returns>
    /// <exception cref="ApiException">Too many wait.</exception>
    public LocalJob Enqueue(Func<long, LocalJob> make)
    {
        lock (_lock)
        {
            if (_waiting.Count >= MaxWaiting)
            {
                throw new ApiException(409, $"{MaxWaiting} jobs wait already. Try again when some are done.");
            }

            var job = Add(make);
            _waiting.Enqueue(job);
            if (_working.IsCompleted && !_held)
            {
                _working = Task.Run(WorkAsync);
            }

            return job;
        }
    }

    /// <summary>Lets no job of the queue begin while somebody else runs one.</summary>
    public void Hold()
    {
        lock (_lock)
        {
            _held = true;
        }
    }

    /// <summary>Lets the queue go on.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _held = false;
            if (_working.IsCompleted && _waiting.Count > 0)
            {
                _working = Task.Run(WorkAsync);
            }
        }
    }

    /// <summary>Looks at a job once a second until its run ends.</summary>
    /// <param name="job">The job.</param>
    /// <param name="run">Its run.</param>
    /// <returns>When it has ended. Does not throw what the run throws.</returns>
    public async Task WatchAsync(LocalJob job, Task run)
    {
        using var timer = new PeriodicTimer(s_period, time);
        var accountAgain = time.GetTimestamp();
        var pause = s_accountPause;
        job.Sample();
        while (await Task.WhenAny(run, timer.WaitForNextTickAsync(CancellationToken.None).AsTask()).ConfigureAwait(false) != run)
        {
            job.Sample();
            if (time.GetElapsedTime(accountAgain) > pause)
            {
                var start = time.GetTimestamp();
                try
                {
                    await job.AccountAsync(_stopped.Token).ConfigureAwait(false);
                }
                catch (Exception exception) when (exception is SluiceException or OperationCanceledException or ObjectDisposedException)
                {
                    // The run itself meets what is wrong with its ledger, and says so.
                }

                accountAgain = time.GetTimestamp();
                pause = s_accountPause + (100 * time.GetElapsedTime(start)); // Of millions of documents counting takes a while: a hundredth of the time at most.
            }
        }
    }

    /// <summary>Waits until no job runs or waits.</summary>
    /// <returns>When that is so.</returns>
    public async Task DrainAsync()
    {
        while (true)
        {
            Task working;
            lock (_lock)
            {
                working = _working;
                if (working.IsCompleted && _waiting.Count == 0)
                {
                    return;
                }
            }

            await working.ConfigureAwait(false);
        }
    }

    /// <summary>Ends what runs, and lets nothing begin.</summary>
    /// <returns>When nothing runs.</returns>
    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync().ConfigureAwait(false);
        await _working.ConfigureAwait(false);
        foreach (var job in All)
        {
            job.Dispose();
        }

        _stopped.Dispose();
    }

    private async Task WorkAsync()
    {
        while (true)
        {
            LocalJob? job;
            lock (_lock)
            {
                if (_stopped.IsCancellationRequested || _held || !_waiting.TryDequeue(out job))
                {
                    _working = Task.CompletedTask;
                    return;
                }
            }

            await RunAsync(job).ConfigureAwait(false);
        }
    }

    private async Task RunAsync(LocalJob job)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(job.Cancelled, _stopped.Token);
        try
        {
            stop.Token.ThrowIfCancellationRequested();
            job.Begin();
            HttpLog.JobState(logger, job.Id, job.Name, "begins");
            var run = await open(job, stop.Token).ConfigureAwait(false);
            await using (run.ConfigureAwait(false))
            {
                job.Watch.Names = run.Names;
                job.Run(run.Ingestion);
                var running = run.Ingestion.RunAsync(stop.Token);
                await WatchAsync(job, running).ConfigureAwait(false);
                var result = await running.ConfigureAwait(false);
                job.End(result, result.Withheld > 0 ? Secrets.Redact(string.Join(' ', result.Warnings)) : null);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            job.End(null, null);
        }
        catch (Exception exception) when (exception is not (OutOfMemoryException or StackOverflowException))
        {
            job.End(null, Secrets.Redact(exception is SluiceException ? exception.Message : $"{exception.GetType().Name}: {exception.Message}"));
        }

        HttpLog.JobState(logger, job.Id, job.Name, job.Reason is { } reason ? $"{job.State}: {reason}" : job.State);
    }
}

/// <summary>An opened job: its run and what the run stands on.</summary>
/// <param name="Ingestion">The run.</param>
/// <param name="Names">What it is about.</param>
/// <param name="Owned">Disposed of after the run, first to last.</param>
internal sealed record LocalRun(IIngestion Ingestion, RunNames Names, IReadOnlyList<IAsyncDisposable> Owned) : IAsyncDisposable
{
    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Ingestion.DisposeAsync().ConfigureAwait(false);
        foreach (var owned in Owned)
        {
            await owned.DisposeAsync().ConfigureAwait(false);
        }
    }
}
