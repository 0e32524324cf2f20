using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Sluice.Streams.Monitoring;

namespace Sluice.Actors.Core;

/// <summary>
/// The instruments of the pipeline. Names of OpenTelemetry's semantic conventions come first; what they do not know is called <c>sluice.…</c>. Tags are stages, queues
/// and outcomes, never documents. Safe for concurrent use; what nobody listens to costs nothing.
/// </summary>
public sealed class ActorsMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Sluice.Actors";

    /// <summary>Seconds one piece of work took in parse and embed.</summary>
    public const string ProcessDuration = "messaging.process.duration";

    /// <summary>Seconds one request to the database took.</summary>
    public const string DatabaseDuration = "db.client.operation.duration";

    /// <summary>Documents, chunks or vectors that left a stage.</summary>
    public const string Published = "messaging.client.published.messages";

    /// <summary>Documents by outcome.</summary>
    public const string Documents = "sluice.documents";

    /// <summary>Chunks that were not embedded, or deleted, by outcome.</summary>
    public const string Chunks = "sluice.chunks";

    /// <summary>Tokens of text that the model computed.</summary>
    public const string Tokens = "sluice.tokens";

    /// <summary>Tokens that the model computed, padding included.</summary>
    public const string PaddedTokens = "sluice.tokens.padded";

    /// <summary>Batches the model ran.</summary>
    public const string Batches = "sluice.batches";

    /// <summary>What a bounded queue holds through its bound.</summary>
    public const string QueueUtilization = "sluice.queue.utilization";

    /// <summary>Seconds that workers of a stage worked, by state: working, or waiting for room.</summary>
    public const string StageTime = "sluice.stage.time";

    /// <summary>Workers of a stage.</summary>
    public const string StageWorkers = "sluice.stage.workers";

    /// <summary>Jobs whose documents this process cannot read just now, and leaves to others.</summary>
    public const string Unreadable = "sluice.sources.unreadable";

    private static readonly double[] s_seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    private readonly ConcurrentDictionary<IngestionMeters, byte> _running = new();
    private readonly ConcurrentDictionary<(string Stage, string State), double> _ended = new();
    private readonly Histogram<double> _process;
    private readonly Histogram<double> _database;
    private readonly Counter<long> _published;
    private readonly Counter<long> _documents;
    private readonly Counter<long> _chunks;
    private readonly Counter<long> _tokens;
    private readonly Counter<long> _paddedTokens;
    private readonly Counter<long> _batches;
    private int _unreadable;

    /// <summary>Makes the instruments.</summary>
    /// <param name="factory">Owns the meter.</param>
    public ActorsMetrics(IMeterFactory factory)
    {
        ArgumentNullException.ThrowIfNull(factory);
        var meter = factory.Create(MeterName);
        var advice = new InstrumentAdvice<double> { HistogramBucketBoundaries = s_seconds };
        _process = meter.CreateHistogram(ProcessDuration, "s", "How long one piece of work took", tags: null, advice);
        _database = meter.CreateHistogram(DatabaseDuration, "s", "How long one request to the database took", tags: null, advice);
        _published = meter.CreateCounter<long>(Published, "{message}", "Documents, chunks or vectors that left a stage");
        _documents = meter.CreateCounter<long>(Documents, "{document}", "Documents by outcome");
        _chunks = meter.CreateCounter<long>(Chunks, "{chunk}", "Chunks that were kept, reused or deleted");
        _tokens = meter.CreateCounter<long>(Tokens, "{token}", "Tokens of text that the model computed");
        _paddedTokens = meter.CreateCounter<long>(PaddedTokens, "{token}", "Tokens that the model computed, padding included");
        _batches = meter.CreateCounter<long>(Batches, "{batch}", "Batches the model ran");
        meter.CreateObservableGauge(QueueUtilization, Queues, "1", "What a bounded queue holds through its bound");
        meter.CreateObservableCounter(StageTime, Times, "s", "Time that workers of a stage spent, by state");
        meter.CreateObservableGauge(Unreadable, () => Volatile.Read(ref _unreadable), "{job}", "Jobs whose documents this process cannot read");
        meter.CreateObservableGauge(StageWorkers, Workers, "{worker}", "Workers of a stage");
    }

    internal void CountUnreadable(int change) => Interlocked.Add(ref _unreadable, change);

    internal void Add(IngestionMeters meters) => _running.TryAdd(meters, 0);

    /// <summary>A run has ended: what it counted stays counted.</summary>
    internal void Remove(IngestionMeters meters)
    {
        if (_running.TryRemove(meters, out _))
        {
            foreach (var (stage, state, seconds) in TimesOf(meters))
            {
                _ended.AddOrUpdate((stage, state), seconds, (_, sum) => sum + seconds);
            }
        }
    }

    internal StageInstruments Listed() => DocumentsOf("listed");

    internal StageInstruments Parsed() => new(_published, null, _process, Stage("parse"), Stage("parse"));

    internal StageInstruments Inference() => new(null, null, _process, [], Stage("embed"));

    internal StageInstruments Embedded() => new(_published, _tokens, null, Stage("embed"), []);

    internal StageInstruments Padded() => new(_batches, _paddedTokens, null, [], []);

    internal StageInstruments Stored(string database) => new(_published, null, _database, Stage("index"), [Tag("db.system.name", database), Tag("db.operation.name", "upsert")]);

    internal StageInstruments DocumentsOf(string outcome) => new(_documents, null, null, [Tag("sluice.outcome", outcome)], []);

    internal StageInstruments ChunksOf(string outcome) => new(_chunks, null, null, [Tag("sluice.outcome", outcome)], []);

    private static KeyValuePair<string, object?>[] Stage(string name) => [Tag("messaging.system", "sluice"), Tag("messaging.operation.name", name)];

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);

    private static IEnumerable<(string Stage, string State, double Seconds)> TimesOf(IngestionMeters meters) =>
    [
        ("source", "working", meters.Listed.Busy.TotalSeconds),
        ("parse", "working", meters.Parsed.Busy.TotalSeconds),
        ("parse", "waiting_for_room", meters.Parsed.RoomWait.TotalSeconds),
        ("embed", "working", meters.Inference.Busy.TotalSeconds),
        ("index", "working", meters.Stored.Busy.TotalSeconds),
    ];

    private IEnumerable<Measurement<double>> Queues()
    {
        (string Name, long Fill, long Bound)[] sums = [("in-flight", 0, 0), ("packing", 0, 0), ("sink", 0, 0)];
        foreach (var meters in _running.Keys)
        {
            foreach (var gauge in meters.InFlight)
            {
                sums[0] = (sums[0].Name, sums[0].Fill + gauge.Fill, sums[0].Bound + gauge.Bound);
            }

            sums[1] = (sums[1].Name, sums[1].Fill + meters.Embed.Window.Fill, sums[1].Bound + meters.Embed.Window.Bound);
            sums[2] = (sums[2].Name, sums[2].Fill + meters.SinkBuffer.Fill, sums[2].Bound + meters.SinkBuffer.Bound);
        }

        return sums.Select(static sum => new Measurement<double>(sum.Bound == 0 ? 0 : (double)sum.Fill / sum.Bound, Tag("sluice.queue", sum.Name)));
    }

    private IEnumerable<Measurement<double>> Times()
    {
        var sums = new Dictionary<(string Stage, string State), double>(_ended);
        foreach (var (stage, state, seconds) in _running.Keys.SelectMany(TimesOf))
        {
            sums[(stage, state)] = sums.GetValueOrDefault((stage, state)) + seconds;
        }

        return sums.Select(static sum => new Measurement<double>(sum.Value, Tag("sluice.stage", sum.Key.Stage), Tag("sluice.stage.state", sum.Key.State)));
    }

    private IEnumerable<Measurement<long>> Workers()
    {
        (string Stage, Func<IngestionMeters, int> Count)[] stages =
        [
            ("source", static meters => meters.Listed.Workers),
            ("parse", static meters => meters.Parsed.Workers),
            ("embed", static meters => meters.Inference.Workers),
            ("index", static meters => meters.Stored.Workers),
        ];
        return stages.Select(stage => new Measurement<long>(_running.Keys.Sum(stage.Count), Tag("sluice.stage", stage.Stage)));
    }
}
