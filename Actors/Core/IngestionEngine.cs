using Akka.Actor;
using Sluice.Actors.Core.Indexing;
using Sluice.Actors.Core.Jobs;
using Sluice.Streams.Failures;
using Sluice.Streams.Flows;
using Sluice.Streams.Ledger;
using Sluice.Streams.Monitoring;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Core;

/// <summary>Runs ingestions on one machine, one after the other. Not safe for concurrent runs; <see cref="Snapshot"/> may be called at any time.</summary>
public sealed class IngestionEngine
{
    private readonly ActorSystem _system;
    private readonly IngestionParts _parts;
    private readonly PipelineOptions _options;
    private readonly TimeProvider _time;
    private IngestionMeters _meters;
    private volatile Walk? _walk;
    private long _started;

    /// <summary>Makes it; nothing runs yet.</summary>
    /// <param name="system">The actor system the run lives in.</param>
    /// <param name="parts">What it works with.</param>
    /// <param name="options">Sizes.</param>
    /// <param name="time">The clock.</param>
    public IngestionEngine(ActorSystem system, IngestionParts parts, PipelineOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(parts);
        (_system, _options, _time) = (system, options, time);
        _parts = parts with { Ledger = new WaitingLedger(parts.Ledger, options, Notices, time) };
        _meters = new IngestionMeters(options);
    }

    /// <summary>Closed, it lets a run stand still: nothing more is listed or read, what is under way is finished.</summary>
    public PauseGate Gate { get; } = new();

    /// <summary>What holds the run up, in words, as it happens.</summary>
    public NoticeBoard Notices { get; } = new();

    /// <summary>Ingests. The caller holds the ledger's lease, and has seen to it that the collection is of the model, or not there.</summary>
    /// <param name="request">What to ingest.</param>
    /// <param name="stop">Stops cleanly: what is committed is recorded, the rest is left to the next run.</param>
    /// <returns>The report; also when stopped.</returns>
    /// <exception cref="CollectionMismatchException">The collection is of another model.</exception>
    /// <exception cref="StorageException">Sink or ledger cannot go on.</exception>
    public async Task<IngestionReport> RunAsync(IngestionRequest request, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(request);
        _meters = new IngestionMeters(_options, _time, _parts.Metrics, _parts.Database) { Gate = Gate };
        _started = _time.GetTimestamp();
        var calls = new SinkCalls(_parts.Sink, _options, Notices, _time);
        await calls.RunAsync((sink, ct) => sink.EnsureCollectionAsync(new CollectionSpec(_parts.Model), ct), stop);
        var spec = new WalkSpec(request.Source.Scope, _parts.Sink.Name, request.Configuration);
        var walk = await _parts.Ledger.BeginWalkAsync(spec, resume: false, stop);
        var bulk = _parts.Sink is IBulkLoading loading && await calls.ReadAsync(static (sink, ct) => sink.CountAsync(ct), stop) == 0 ? loading : null;
        try
        {
            if (bulk is not null)
            {
                await calls.RunAsync((_, ct) => bulk.BeginBulkLoadAsync(ct), stop);
            }

            return await RunAsync(request, walk, stop);
        }
        finally
        {
            if (bulk is not null)
            {
                await EndBulkLoadAsync(bulk, calls);
            }
        }
    }

    /// <summary>Puts the collection back as it was; where the sink does not let itself be spoken to, the next run does it.</summary>
    private async Task EndBulkLoadAsync(IBulkLoading bulk, SinkCalls calls)
    {
        using var limited = new CancellationTokenSource(_options.StopTimeout, _time);
        try
        {
            await calls.RunAsync((_, ct) => bulk.EndBulkLoadAsync(ct), limited.Token);
        }
        catch (Exception exception) when (exception is SluiceException or OperationCanceledException)
        {
            Notices.Post("bulk load", $"the database is still set up for loading ({exception.Message}); the next run puts that right");
        }
    }

    private async Task<IngestionReport> RunAsync(IngestionRequest request, Walk walk, CancellationToken stop)
    {
        _parts.Metrics?.Add(_meters);
        _walk = walk;
        var job = _system.ActorOf(JobActor.Props(request, _parts, _options, walk, _meters, Notices, _time));
        try
        {
            var ending = job.AskLivingAsync<JobEnded>(new StartJob(), CancellationToken.None);
            await using (stop.Register(() => job.Tell(new StopJob())))
            {
                return Report(await ending);
            }
        }
        finally
        {
            await EndAsync(job);
            _walk = null;
            _parts.Metrics?.Remove(_meters);
        }
    }

    /// <summary>Stops the job's actors. What takes longer than that ends with the process, and takes nothing from what the job has told.</summary>
    private async Task EndAsync(IActorRef job)
    {
        try
        {
            await job.GracefulStop(_options.StopTimeout);
        }
        catch (TaskCanceledException)
        {
            Notices.Post("stop", $"work under way did not end within {_options.StopTimeout.TotalSeconds:0} s and was left; the next run does it again");
        }
    }

    /// <summary>The run as it stands.</summary>
    /// <returns>The snapshot.</returns>
    public IngestionSnapshot Snapshot()
    {
        var meters = _meters;
        return new IngestionSnapshot(
            _started == 0 ? TimeSpan.Zero : _time.GetElapsedTime(_started),
            !meters.ListingEnded,
            meters.Listed.Items,
            meters.Indexed.Items,
            meters.Unchanged.Items,
            meters.Skipped.Items,
            meters.Dead.Items,
            meters.Listed.Items - meters.Indexed.Items - meters.Unchanged.Items - meters.Skipped.Items - meters.Dead.Items,
            [
                Stage("parse", meters.Parsed, meters.Parsed.Items, Sum(meters.InFlight, _options.WindowBytes), "bytes", meters.Parsed.RoomWait),
                Stage("embed", meters.Inference, meters.Embed.Embedded.Items, (meters.Embed.Window.Fill, meters.Embed.Window.Bound), "tokens", meters.SinkBuffer.Full),
                Stage("index", meters.Stored, meters.Stored.Items, (meters.SinkBuffer.Fill, meters.SinkBuffer.Bound), "bytes", TimeSpan.Zero),
            ],
            Embedding(meters),
            Chunks(meters),
            Notices.Current,
            Stage("source", meters.Listed, meters.Listed.Items, (0, 0), "documents", TimeSpan.Zero),
            meters.Removed.Items,
            Gate.IsClosed && meters.InFlight.All(static gauge => gauge.Fill == 0));
    }

    /// <summary>Where every document of the running walk is, by the ledger: exact, and dearer the more documents there are.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The accounting; null when nothing runs.</returns>
    public async Task<Accounting?> AccountAsync(CancellationToken cancellationToken) =>
        _walk is { } walk ? await _parts.Ledger.AccountAsync(walk, cancellationToken) : null;

    private static StageSnapshot Stage(string name, StageMeter meter, long items, (long Fill, long Bound) buffer, string unit, TimeSpan roomWait) =>
        new(name, items, meter.Busy, buffer.Fill, buffer.Bound, unit) { Workers = meter.Workers, RoomWait = roomWait, Durations = meter.Durations.Read() };

    private static (long Fill, long Bound) Sum(IReadOnlyList<BufferGauge> gauges, long bound) => (gauges.Sum(static gauge => gauge.Fill), gauges.Count * bound);

    private static EmbeddingSnapshot Embedding(IngestionMeters meters) =>
        new(meters.Embed.Padded.Items, meters.Embed.Embedded.Weight, meters.Embed.Padded.Weight, meters.Inference.Busy, meters.Embed.Starved.Busy) { BatchTokens = meters.Budget.Best };

    private static ChunkCounts Chunks(IngestionMeters meters) =>
        new(meters.Parsed.Items, meters.Embed.Embedded.Items, meters.Reused.Items, meters.Kept.Items, meters.Stored.Items, meters.Deleted.Items);

    private IngestionReport Report(JobEnded ended) =>
        new(ended.Accounting, ended.Interrupted, ended.Removed, Chunks(_meters), Embedding(_meters), _time.GetElapsedTime(_started), ended.Warnings) { Withheld = ended.Withheld };
}
