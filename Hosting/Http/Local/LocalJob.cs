using Sluice.Actors.Parsing.Sources;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Http.Contract;
using Sluice.Hosting.Monitoring;
using Sluice.Streams.Ledger;

namespace Sluice.Hosting.Http.Local;

/// <summary>A job of this machine. Safe for concurrent use.</summary>
/// <param name="id">Its number.</param>
/// <param name="name">What people call it.</param>
/// <param name="kind">ingest or replay.</param>
/// <param name="names">What it is about.</param>
/// <param name="time">The clock.</param>
internal sealed class LocalJob(long id, string name, string kind, RunNames names, TimeProvider time) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _cancel = new();
    private JobWish _wish = JobWish.Run;
    private IIngestion? _ingestion;
    private IngestionProgress? _last;
    private bool _paused;
    private DateTimeOffset? _began;
    private DateTimeOffset? _ended;
    private string _end = "";
    private string? _reason;
    private IReadOnlyList<string> _warnings = [];

    /// <summary>Its number.</summary>
    public long Id => id;

    /// <summary>What people call it.</summary>
    public string Name => name;

    /// <summary>ingest or replay.</summary>
    public string Kind => kind;

    /// <summary>What it reads, secrets included: for opening, never for showing.</summary>
    public IReadOnlyList<SourceLocation> Locations { get; init; } = [];

    /// <summary>Keep it within what posted jobs may read; none where a person at this machine began it.</summary>
    public IReadOnlyList<CommandLineSetting> Bounds { get; init; } = [];

    /// <summary>Whether whoever posted it agreed to embed again and to empty a source.</summary>
    public bool Confirmed { get; init; }

    /// <summary>Settings of it alone.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Dead letters that it replays; null for a job that ingests.</summary>
    public IReadOnlyList<long>? Letters { get; init; }

    /// <summary>Why it failed, without secrets; null when it did not.</summary>
    public string? Reason
    {
        get
        {
            lock (_lock)
            {
                return _reason;
            }
        }
    }

    /// <summary>When it was submitted.</summary>
    public DateTimeOffset Submitted { get; } = time.GetUtcNow();

    /// <summary>What one wants to see of it.</summary>
    public RunWatch Watch { get; } = new(names, time);

    /// <summary>Cancelled when that is wished.</summary>
    public CancellationToken Cancelled => _cancel.Token;

    /// <summary>Whether it has ended.</summary>
    public bool HasEnded
    {
        get
        {
            lock (_lock)
            {
                return _ended is not null;
            }
        }
    }

    /// <summary>What a person should know of how it ended.</summary>
    public IReadOnlyList<string> Warnings
    {
        get
        {
            lock (_lock)
            {
                return _warnings;
            }
        }
    }

    /// <summary>Where it stands.</summary>
    public string State
    {
        get
        {
            lock (_lock)
            {
                return State_NeedsLock();
            }
        }
    }

    /// <summary>It begins.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            _began = time.GetUtcNow();
        }
    }

    /// <summary>Its run is ready.</summary>
    /// <param name="ingestion">The run.</param>
    public void Run(IIngestion ingestion)
    {
        lock (_lock)
        {
            _ingestion = ingestion;
            Apply_NeedsLock();
        }
    }

    /// <summary>Says what is wanted.</summary>
    /// <param name="wish">The wish.</param>
    /// <returns>False when it has ended, or is being ended.</returns>
    public bool Wish(JobWish wish)
    {
        lock (_lock)
        {
            if (_ended is not null || (_wish == JobWish.Cancel && wish != JobWish.Cancel))
            {
                return false;
            }

            _wish = wish;
            _paused &= wish == JobWish.Pause;
            Apply_NeedsLock();
        }

        if (wish == JobWish.Cancel)
        {
            _cancel.Cancel();
        }

        return true;
    }

    /// <summary>Takes a look at the run.</summary>
    public void Sample()
    {
        IIngestion? ingestion;
        lock (_lock)
        {
            ingestion = _ingestion;
        }

        if (ingestion?.Snapshot() is not { } progress)
        {
            return;
        }

        bool paused;
        lock (_lock)
        {
            // Twice in a row: a document that was just being read may still bring a group.
            _paused = _wish == JobWish.Pause && progress.Standing && _last is { Standing: true } last && last.Chunks == progress.Chunks;
            _last = progress;
            paused = _paused;
        }

        Watch.Add(progress);
        Watch.StandStill(paused ? "The job is paused." : null);
    }

    /// <summary>Counts its documents in the ledger.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>When they are counted.</returns>
    public async Task AccountAsync(CancellationToken cancellationToken)
    {
        if (_ingestion is { } ingestion && await ingestion.AccountAsync(cancellationToken).ConfigureAwait(false) is { } accounting)
        {
            Watch.Add(accounting);
        }
    }

    /// <summary>It has ended.</summary>
    /// <param name="result">Its accounting; null when it failed or never began.</param>
    /// <param name="failure">Why it failed; null when it did not.</param>
    public void End(IngestionResult? result, string? failure)
    {
        lock (_lock)
        {
            if (_ingestion is not null)
            {
                Watch.Add(_ingestion.Snapshot());
            }

            if (result is not null)
            {
                Watch.Add(result.Accounting);
                _warnings = [.. result.Warnings.Select(Secrets.Redact)];
            }

            _ingestion = null;
            _ended = time.GetUtcNow();
            _end = failure is not null ? "failed" : result is null or { Stopped: true } ? "cancelled" : "done";
            _reason = failure;
        }

        Watch.StandStill("The job has ended.");
    }

    /// <summary>As it stands.</summary>
    /// <returns>The summary.</returns>
    public JobSummary Summarize()
    {
        var documents = Watch.Read().Documents;
        lock (_lock)
        {
            return new JobSummary(
                id, name, kind, State_NeedsLock(), _wish switch { JobWish.Pause => "pause", JobWish.Cancel => "cancel", _ => "run" }, 10, Watch.Names.Sources, Submitted, _began, _ended, documents, _reason, CanResume: State_NeedsLock() == "paused");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _cancel.Dispose();

    private void Apply_NeedsLock()
    {
        if (_ingestion?.Gate is { } gate)
        {
            if (_wish == JobWish.Pause)
            {
                gate.Close();
            }
            else
            {
                gate.Open();
            }
        }
    }

    private string State_NeedsLock() =>
        _ended is not null ? _end
        : _wish == JobWish.Cancel ? "stopping"
        : _began is null ? (_wish == JobWish.Pause ? "paused" : "queued")
        : _wish != JobWish.Pause ? "running"
        : _paused ? "paused" : "pausing";
}
