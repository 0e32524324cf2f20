using System.Globalization;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Http.Contract;
using Sluice.Streams.Ledger;
using Sluice.Streams.Monitoring;

namespace Sluice.Hosting.Monitoring;

/// <summary>
/// Works out from snapshots, taken about once a second, what one wants to see of a run: rates, shares of time, percentiles, the limiting stage, the time left. Safe
/// for concurrent use.
/// </summary>
/// <param name="names">What the run is about.</param>
/// <param name="time">The clock.</param>
internal sealed class RunWatch(RunNames names, TimeProvider time)
{
    private static readonly TimeSpan s_short = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_least = TimeSpan.FromSeconds(2);
    private static readonly string[] s_titles = ["Source", "Parser", "Embedder", "Database"];
    private static readonly string[] s_units = ["documents", "chunks", "chunks", "vectors"];

    private readonly Lock _lock = new();
    private readonly Queue<(long At, IngestionProgress Progress)> _samples = new([(time.GetTimestamp(), new IngestionProgress())]);
    private (long At, IngestionProgress Progress) _latest = (time.GetTimestamp(), new IngestionProgress());
    private (Accounting Accounting, long Settled)? _accounting;
    private RunNames _names = names;
    private string? _standstill;

    /// <summary>What the run is about.</summary>
    public RunNames Names
    {
        get => Volatile.Read(ref _names);
        set => Volatile.Write(ref _names, value);
    }

    /// <summary>Takes a snapshot.</summary>
    /// <param name="progress">The snapshot.</param>
    public void Add(IngestionProgress progress)
    {
        lock (_lock)
        {
            _latest = (time.GetTimestamp(), progress);
            _samples.Enqueue(_latest);
            while (_samples.Count > 2 && time.GetElapsedTime(_samples.Peek().At, _latest.At) > s_long)
            {
                _samples.Dequeue();
            }
        }
    }

    /// <summary>Takes the accounting by the ledger.</summary>
    /// <param name="accounting">The accounting.</param>
    public void Add(Accounting accounting)
    {
        lock (_lock)
        {
            _accounting = (accounting, _latest.Progress.Settled);
        }
    }

    /// <summary>From now on nothing moves.</summary>
    /// <param name="why">Why, as a sentence; null when it goes on.</param>
    public void StandStill(string? why)
    {
        lock (_lock)
        {
            if (why != _standstill)
            {
                _standstill = why;
                _samples.Clear(); // Rates of before say nothing of after.
                if (why is null)
                {
                    _samples.Enqueue((time.GetTimestamp(), _latest.Progress));
                }
            }
        }
    }

    /// <summary>The run as it stands.</summary>
    /// <returns>The view.</returns>
    public RunView Read()
    {
        lock (_lock)
        {
            var now = _latest.Progress;
            var documents = Documents_NeedsLock(now);
            var throughput = new ThroughputView(
                Rate_NeedsLock(static sample => sample.Settled),
                Rate_NeedsLock(static sample => sample.ChunksEmbedded),
                Rate_NeedsLock(static sample => sample.Tokens),
                Rate_NeedsLock(static sample => sample.Stages.Count > 2 ? sample.Stages[2].Items : 0));
            var stages = Stages_NeedsLock();
            var links = Links(now, stages, documents.Pending);
            var waste = now.PaddedTokens == 0 ? 0 : Math.Round(Math.Clamp(1 - ((double)now.Tokens / now.PaddedTokens), 0, 1), 4);
            var known = Names;
            return new RunView(
                new PipelineView(
                    [.. known.Sources.Select((location, index) => new SourceView(location, index < now.SourceIndex || now.ListingComplete ? "done" : index == now.SourceIndex && _standstill is null ? "walking" : "waiting"))],
                    stages,
                    links,
                    [new SinkView(known.Sink, known.Kind)],
                    known.Model,
                    Limit_NeedsLock(stages, links, throughput.TokensPerSecond)),
                throughput,
                new PaddingView(now.Tokens, now.PaddedTokens, waste),
                documents,
                new ChunksView(now.Chunks.Parsed, now.Chunks.Embedded, now.Chunks.Reused, now.Chunks.Kept, now.Chunks.Stored, now.Chunks.Deleted),
                Estimate_NeedsLock(documents),
                [.. now.Notices.Select(Secrets.Redact)]);
        }
    }

    private static List<LinkView> Links(IngestionProgress now, StageView[] stages, long pending)
    {
        var links = new List<LinkView> { new("pending", "source", "parse", "documents", Math.Max(0, pending), null, null, stages[0].Rate) };
        for (var index = 1; index <= 2; index++)
        {
            var buffer = now.Stages.Count > index ? now.Stages[index] : null;
            var bound = buffer?.BufferLimit ?? 0;
            links.Add(new LinkView(
                index == 1 ? "packing" : "sink",
                stages[index].Name,
                stages[index + 1].Name,
                index == 1 ? "tokens" : "bytes",
                buffer?.BufferFill ?? 0,
                bound,
                bound == 0 ? 0 : Math.Round((double)buffer!.BufferFill / bound, 4),
                stages[index].Rate));
        }

        return links;
    }

    private DocumentsView Documents_NeedsLock(IngestionProgress now)
    {
        if (_accounting is not var (accounting, _))
        {
            return new DocumentsView(
                now.Discovered, now.ListingComplete, now.Indexed, now.Unchanged, now.Skipped, now.Dead, Math.Max(0, now.Discovered - now.Settled),
                now.Discovered >= now.Settled, new Dictionary<string, long>(StringComparer.Ordinal), new Dictionary<string, long>(StringComparer.Ordinal));
        }

        return new DocumentsView(
            accounting.Discovered,
            now.ListingComplete,
            accounting.Indexed,
            accounting.Unchanged,
            accounting.Skipped.Values.Sum(),
            accounting.Dead.Values.Sum(),
            accounting.Pending,
            accounting.Balances,
            accounting.Skipped,
            accounting.Dead);
    }

    private StageView[] Stages_NeedsLock()
    {
        var (now, before) = (_latest, Since_NeedsLock(s_short));
        var (longAgo, elapsed) = (Since_NeedsLock(s_long), time.GetElapsedTime(before.At, _latest.At));
        var stages = new StageView[4];
        for (var index = 0; index < stages.Length; index++)
        {
            var stage = StageOf(now.Progress, index);
            var (first, oldest) = (StageOf(before.Progress, index), StageOf(longAgo.Progress, index));
            var capacity = stage.Workers * elapsed.TotalSeconds;
            var busy = capacity <= 0 ? 0 : Math.Clamp((stage.Busy - first.Busy).TotalSeconds / capacity, 0, 1);
            var room = capacity <= 0 ? 0 : Math.Clamp((stage.RoomWait - first.RoomWait).TotalSeconds / capacity, 0, 1 - busy);
            stages[index] = new StageView(
                stage.Name,
                s_titles[index],
                s_units[index],
                stage.Items,
                elapsed <= TimeSpan.Zero ? 0 : Math.Round(Math.Max(0, stage.Items - first.Items) / elapsed.TotalSeconds, 2),
                stage.Workers,
                Math.Round(busy, 4),
                capacity <= 0 ? 0 : Math.Round(1 - busy - room, 4),
                Math.Round(room, 4),
                Latency(stage.Durations, oldest.Durations));
        }

        return stages;
    }

    private static StageProgress StageOf(IngestionProgress progress, int index) => index == 0 ? progress.Source
        : progress.Stages.Count >= index ? progress.Stages[index - 1]
        : new StageProgress(index switch { 1 => "parse", 2 => "embed", _ => "index" }, s_units[index], 0, 0, 0, "bytes");

    private static LatencyView? Latency(IReadOnlyList<long> now, IReadOnlyList<long> before)
    {
        if (now.Count == 0)
        {
            return null;
        }

        Span<long> counts = stackalloc long[DurationHistogram.Buckets];
        long total = 0;
        for (var index = 0; index < counts.Length && index < now.Count; index++)
        {
            counts[index] = Math.Max(0, now[index] - (index < before.Count ? before[index] : 0));
            total += counts[index];
        }

        return total == 0
            ? null
            : new LatencyView(Percentile(counts, 0.5), Percentile(counts, 0.95), Percentile(counts, 0.99), total);
    }

    private static double Percentile(ReadOnlySpan<long> counts, double share) => Math.Round(DurationHistogram.Percentile(counts, share), 6);

    private LimitView Limit_NeedsLock(StageView[] stages, List<LinkView> links, double tokensPerSecond) =>
        _standstill is { } why ? new LimitView(null, why)
        : time.GetElapsedTime(Since_NeedsLock(s_short).At, _latest.At) < s_least ? new LimitView(null, "Measuring.")
        : LimitFinder.Find(stages, links, !_latest.Progress.ListingComplete, tokensPerSecond);

    private EstimateView Estimate_NeedsLock(DocumentsView documents)
    {
        if (_standstill is { } why)
        {
            return new EstimateView(null, null, char.ToLowerInvariant(why[0]) + why[1..].TrimEnd('.'));
        }

        if (!documents.ListingComplete)
        {
            return new EstimateView(null, null, string.Create(CultureInfo.InvariantCulture, $"the source is still being listed: {documents.Discovered:N0} documents so far"));
        }

        var before = Since_NeedsLock(s_long);
        var window = time.GetElapsedTime(before.At, _latest.At);
        var left = _accounting is var (accounting, settled) ? Math.Max(0, accounting.Pending - (_latest.Progress.Settled - settled)) : documents.Pending;
        if (left == 0)
        {
            return new EstimateView(null, null, "all documents are settled; what is gone from the source is being removed");
        }

        if (window < s_least)
        {
            return new EstimateView(null, null, "too little is measured yet");
        }

        var rate = (_latest.Progress.Settled - before.Progress.Settled) / window.TotalSeconds;
        if (rate <= 0)
        {
            return new EstimateView(null, null, string.Create(CultureInfo.InvariantCulture, $"{left:N0} documents left, and none was settled in the last {window.TotalSeconds:0} s"));
        }

        var seconds = Math.Round(left / rate, 1);
        return seconds > 1e8
            ? new EstimateView(null, null, "more than three years at the present rate")
            : new EstimateView(seconds, time.GetUtcNow().AddSeconds(seconds), string.Create(CultureInfo.InvariantCulture, $"{left:N0} documents left at {rate:N1} documents/s, as over the last {window.TotalSeconds:0} s"));
    }

    private double Rate_NeedsLock(Func<IngestionProgress, long> count)
    {
        var before = Since_NeedsLock(s_short);
        var seconds = time.GetElapsedTime(before.At, _latest.At).TotalSeconds;
        return seconds <= 0 ? 0 : Math.Round(Math.Max(0, count(_latest.Progress) - count(before.Progress)) / seconds, 2);
    }

    /// <summary>The oldest sample that is not older than a period; the latest one when there is none.</summary>
    private (long At, IngestionProgress Progress) Since_NeedsLock(TimeSpan period)
    {
        foreach (var sample in _samples)
        {
            if (time.GetElapsedTime(sample.At, _latest.At) <= period)
            {
                return sample;
            }
        }

        return _latest;
    }
}
