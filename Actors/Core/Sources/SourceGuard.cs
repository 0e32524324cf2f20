using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Flows;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Core.Sources;

/// <summary>
/// The one breaker of a source, for a run on a machine: its listing and all its readers share it. A source that is away is waited for with growing pauses and a notice; one that is
/// replaced, or whose documents vanish in numbers, ends the run, since what such a run would conclude about documents is wrong. Safe for concurrent use.
/// </summary>
/// <param name="source">The source.</param>
/// <param name="options">Pauses and limits.</param>
/// <param name="notices">Told while it is away.</param>
/// <param name="time">The clock.</param>
/// <param name="root">What the root looked like when the walk began, where that is known.</param>
internal sealed class SourceGuard(IDocumentSource source, PipelineOptions options, NoticeBoard notices, TimeProvider time, string? root = null) : ISourceGuard
{
    private const string Topic = "source";

    /// <summary>Longest pause that a server may ask for.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private readonly PauseGate _back = new();
    private volatile string? _root = root;
    private volatile bool _isAway;
    private bool _asking;
    private long _opened;
    private long _vanished;

    /// <summary>Whether documents may vanish in numbers: the user said so.</summary>
    public bool MayLose { get; init; }

    /// <summary>Whether other machines read the same source: then one that is gone or replaced here is waited for without end, and they go on with its documents.</summary>
    public bool OthersRead { get; init; }

    /// <summary>What to do when it is lost.</summary>
    public SourceAdvice Advice { get; init; } = SourceAdvice.OfRun;

    /// <summary>Waits until the source is there, and notes for all machines what its root looks like.</summary>
    /// <param name="ledger">Keeps the note.</param>
    /// <param name="walk">The walk that begins, or is taken up.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The walk, with what its root looks like.</returns>
    public async Task<Walk> PrepareAsync(ILedger ledger, Walk walk, CancellationToken cancellationToken)
    {
        if (walk.Root is not null)
        {
            _root = walk.Root;
        }
        else if (source.TracksRoot && (await RequireAsync(cancellationToken)).Root is { } found)
        {
            await ledger.NoteRootAsync(walk, found, cancellationToken);
            _root = found;
        }

        return walk with { Root = _root };
    }

    /// <summary>Waits until the source is there.</summary>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>How it stands then.</returns>
    /// <exception cref="SourceLostException">It is gone, or another one.</exception>
    public async Task<RootCheck> RequireAsync(CancellationToken cancellationToken)
    {
        var check = await CheckAsync(cancellationToken);
        while (check.State == RootState.Away)
        {
            await AwaitBackAsync(check, cancellationToken);
            check = await CheckAsync(cancellationToken);
        }

        return check.State == RootState.Replaced ? throw Lost(check) : check;
    }

    /// <summary>Waits before a listing that failed is tried again: for the source where it is away, else for a growing while.</summary>
    /// <param name="failure">Why it failed.</param>
    /// <param name="attempt">Tries so far, from 1.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task StallAsync(TransientException failure, int attempt, CancellationToken cancellationToken)
    {
        if (await WasAwayAsync(Reasons.SourceFailed, cancellationToken))
        {
            return;
        }

        var delay = Backoff.Delay(options, attempt, Bounded(failure.RetryAfter));
        notices.Post(Topic, $"the source cannot be listed ({failure.Message}); tried {attempt} times, again in {delay.TotalSeconds:0.0} s");
        await Task.Delay(delay, time, cancellationToken);
    }

    /// <summary>The source answered.</summary>
    public void Answered()
    {
        if (!_isAway)
        {
            notices.Clear(Topic, "the source answers again");
        }
    }

    public ValueTask PassAsync(CancellationToken cancellationToken) => _isAway ? new ValueTask(AwaitBackAsync(RootCheck.Away("it does not answer"), cancellationToken)) : ValueTask.CompletedTask;

    public void Opened() => Interlocked.Increment(ref _opened);

    public async ValueTask<bool> WasAwayAsync(string reason, CancellationToken cancellationToken)
    {
        var check = await CheckAsync(cancellationToken);
        switch (check.State)
        {
            case RootState.Away:
                await AwaitBackAsync(check, cancellationToken);
                return true;
            case RootState.Replaced:
                throw Lost(check);
            default:
                CountVanished(reason);
                return false;
        }
    }

    private async ValueTask<RootCheck> CheckAsync(CancellationToken cancellationToken)
    {
        var check = await source.CheckRootAsync(_root, cancellationToken);
        _root = check.Root ?? _root; // As it looks here and now: names that come and go are compared with the latest.
        return OthersRead && check.State != RootState.There ? RootCheck.Away(check.State == RootState.Replaced ? Advice.Replaced(check.Message) : check.Message ?? "it is not there", check.RetryAfter) : check;
    }

    /// <summary>A mount below the root may be gone while the root is there: then documents vanish in numbers.</summary>
    private void CountVanished(string reason)
    {
        if (reason != Reasons.Vanished)
        {
            return;
        }

        var vanished = Interlocked.Increment(ref _vanished);
        var all = vanished + Interlocked.Read(ref _opened);
        if (!MayLose && options.AreTooMany(vanished, all))
        {
            throw new SourceLostException(
                $"{vanished} of the last {all} documents of {source.Scope.Uri} were listed and are gone: a part of it was moved or is not mounted. {Advice.WhatNow}. "
                + $"Bring them back, {Advice.Back}; if they are meant to be gone, {Advice.Gone}");
        }
    }

    /// <summary>One asks, with growing pauses, and the others wait for its answer.</summary>
    private async Task AwaitBackAsync(RootCheck away, CancellationToken cancellationToken)
    {
        while (true)
        {
            lock (_lock)
            {
                if (!_asking)
                {
                    (_asking, _isAway) = (true, true);
                    _back.Close();
                    break;
                }
            }

            await _back.PassAsync(cancellationToken);
            if (!_isAway)
            {
                return;
            }
        }

        try
        {
            await AskAsync(away, cancellationToken);
            _isAway = false;
            notices.Clear(Topic, "the source answers again");
        }
        finally
        {
            lock (_lock)
            {
                _asking = false;
                _back.Open(); // Also when this one gives up: another one asks then.
            }
        }
    }

    private async Task AskAsync(RootCheck away, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            if (away.MayBeGone && time.GetElapsedTime(began) >= options.RootPatience)
            {
                throw new SourceLostException(
                    $"{away.Message}, and did not come back within {options.RootPatience.TotalSeconds:0} s. {Advice.WhatNow}. Bring it back, or mount it, {Advice.Back}");
            }

            var delay = Backoff.Delay(options, attempt, Bounded(away.RetryAfter));
            notices.Post(Topic, $"the source is away ({away.Message}); asked {attempt} times, again in {delay.TotalSeconds:0.0} s. Nothing is removed");
            await Task.Delay(delay, time, cancellationToken);
            var check = await CheckAsync(cancellationToken);
            switch (check.State)
            {
                case RootState.There:
                    return;
                case RootState.Replaced:
                    throw Lost(check);
                default:
                    away = check;
                    break;
            }
        }
    }

    private SourceLostException Lost(RootCheck check) => new(Advice.Replaced(check.Message));

    private static TimeSpan? Bounded(TimeSpan? asked) => asked > s_longest ? s_longest : asked;
}
