using System.Security.Cryptography;
using System.Text;
using Akka.Actor;
using Sluice.Actors.Core.Jobs;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Core;

/// <summary>Runs ingestions on one machine, one after the other. Not safe for concurrent runs; <see cref="Snapshot"/> may be called at any time.</summary>
/// <param name="system">The actor system the run lives in.</param>
/// <param name="parts">What it works with.</param>
/// <param name="options">Sizes.</param>
/// <param name="time">The clock.</param>
public sealed class IngestionEngine(ActorSystem system, IngestionParts parts, PipelineOptions options, TimeProvider time)
{
    private IngestionMeters _meters = new(options);
    private long _started;
    private volatile bool _listing;

    /// <summary>What holds the run up, in words, as it happens.</summary>
    public NoticeBoard Notices { get; } = new();

    /// <summary>Hash of what decides the chunks and their vectors: parser, chunker, model.</summary>
    public string Configuration { get; } = Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{parts.Parser.Fingerprint}\n{parts.Chunker.Fingerprint}\n{parts.Model.Fingerprint}")).AsSpan(0, 12));

    /// <summary>Finds out what a run would do to what is there.</summary>
    /// <param name="request">The run.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The plan.</returns>
    public async Task<IngestionPlan> PlanAsync(IngestionRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var collection = await parts.Sink.DescribeAsync(cancellationToken);
        var changed = collection is not null && !string.Equals(collection.ModelFingerprint, parts.Model.Fingerprint, StringComparison.Ordinal);
        var outdated = await parts.Ledger.CountOutdatedAsync(Spec(request), cancellationToken);
        return new IngestionPlan(collection, changed, outdated, changed ? await parts.Sink.CountAsync(cancellationToken) : 0);
    }

    /// <summary>Ingests. Holds the ledger's lease for as long as it runs.</summary>
    /// <param name="request">What to ingest.</param>
    /// <param name="holder">Who runs it, for whoever comes second.</param>
    /// <param name="stop">Stops cleanly: what is committed is recorded, the rest is left to the next run.</param>
    /// <returns>The report; also when stopped.</returns>
    /// <exception cref="LedgerHeldException">Another run is at it.</exception>
    /// <exception cref="ConfigurationException">Something indexed would be embedded again, and the request does not allow it.</exception>
    /// <exception cref="StorageException">Sink or ledger cannot go on.</exception>
    public async Task<IngestionReport> RunAsync(IngestionRequest request, string holder, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(request);
        _meters = new IngestionMeters(options);
        _started = time.GetTimestamp();
        var lease = await parts.Ledger.AcquireAsync(new LeaseRequest(holder), CancellationToken.None);
        await using (lease)
        {
            await PrepareAsync(request);
            var walk = await parts.Ledger.BeginWalkAsync(Spec(request), resume: false, CancellationToken.None);
            var job = system.ActorOf(JobActor.Props(request, parts, options, walk, _meters, Notices, time));
            _listing = true;
            try
            {
                var ending = job.Ask<JobEnded>(new StartJob(), Timeout.InfiniteTimeSpan, CancellationToken.None);
                await using (stop.Register(() => job.Tell(new StopJob())))
                {
                    var ended = await ending;
                    return Report(ended);
                }
            }
            finally
            {
                _listing = false;
                await job.GracefulStop(options.StopTimeout);
            }
        }
    }

    /// <summary>The run as it stands.</summary>
    /// <returns>The snapshot.</returns>
    public IngestionSnapshot Snapshot()
    {
        var meters = _meters;
        return new IngestionSnapshot(
            _started == 0 ? TimeSpan.Zero : time.GetElapsedTime(_started),
            _listing,
            meters.Listed.Items,
            meters.Indexed.Items,
            meters.Unchanged.Items,
            meters.Skipped.Items,
            meters.Dead.Items,
            meters.Listed.Items - meters.Indexed.Items - meters.Unchanged.Items - meters.Skipped.Items - meters.Dead.Items,
            [
                new StageSnapshot("parse", meters.Parsed.Items, meters.Parsed.Busy, meters.InFlight.Sum(static gauge => gauge.Fill), meters.InFlight.Sum(static gauge => gauge.Bound), "bytes"),
                new StageSnapshot("embed", meters.Embed.Embedded.Items, meters.Inference.Busy, meters.Embed.Window.Fill, meters.Embed.Window.Bound, "tokens"),
                new StageSnapshot("index", meters.Stored.Items, meters.Stored.Busy, meters.SinkBuffer.Fill, meters.SinkBuffer.Bound, "bytes"),
            ],
            Embedding(meters),
            Chunks(meters),
            Notices.Current);
    }

    private static EmbeddingSnapshot Embedding(IngestionMeters meters) =>
        new(meters.Embed.Padded.Items, meters.Embed.Embedded.Weight, meters.Embed.Padded.Weight, meters.Inference.Busy, meters.Embed.Starved.Busy);

    private static ChunkCounts Chunks(IngestionMeters meters) =>
        new(meters.Parsed.Items, meters.Embed.Embedded.Items, meters.Reused.Items, meters.Kept.Items, meters.Stored.Items, meters.Deleted.Items);

    private WalkSpec Spec(IngestionRequest request) => new(request.Source.Scope, parts.Sink.Name, Configuration);

    /// <summary>Makes the collection fit: new, or dropped and new when its vectors are of another model and the request allows it.</summary>
    private async Task PrepareAsync(IngestionRequest request)
    {
        var plan = await PlanAsync(request, CancellationToken.None);
        if (plan.NeedsConsent && !request.AllowReembedding)
        {
            throw new ConfigurationException($"{plan.Describe(parts.Model)} Run again with --yes to do so, or with --to for another database.");
        }

        if (plan.ModelChanged)
        {
            await parts.Sink.DropCollectionAsync(CancellationToken.None);
            await parts.Ledger.ForgetSinkAsync(parts.Sink.Name, CancellationToken.None);
        }

        await parts.Sink.EnsureCollectionAsync(new CollectionSpec(parts.Model), CancellationToken.None);
    }

    private IngestionReport Report(JobEnded ended) =>
        new(ended.Accounting, ended.Interrupted, ended.Removed, Chunks(_meters), Embedding(_meters), time.GetElapsedTime(_started), ended.Warnings);
}
