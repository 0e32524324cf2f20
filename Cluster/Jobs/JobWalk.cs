using System.Globalization;
using Akka.Actor;
using Microsoft.Extensions.Logging;
using Sluice.Actors.Core;
using Sluice.Actors.Core.Indexing;
using Sluice.Actors.Core.Jobs;
using Sluice.Actors.Core.Sources;
using Sluice.Cluster.Models;
using Sluice.Cluster.Nodes;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Monitoring;
using Sluice.Streams.Vectors;

namespace Sluice.Cluster.Jobs;

/// <summary>The coordinator's part of a walk of one source: beginning, listing, and the end. Not for concurrent use.</summary>
internal sealed class JobWalk : IAsyncDisposable
{
    private readonly NodeServices _services;
    private readonly IDisposable _entry;
    private readonly IJobParts _job;
    private readonly IDocumentSource _source;
    private readonly NoticeBoard _notices;
    private readonly SourceGuard _guard;
    private bool _complete;

    private JobWalk(NodeServices services, IDisposable entry, IJobParts job, IDocumentSource source, SourceGuard guard, Walk walk, string modelFingerprint, NoticeBoard notices)
    {
        _services = services;
        _entry = entry;
        _job = job;
        _source = source;
        _notices = notices;
        _guard = guard;
        Meters = new IngestionMeters(job.Options, services.Time, services.Metrics);
        Walk = walk;
        _complete = walk.Complete;
        ModelFingerprint = modelFingerprint;
        Writer = new SinkWriter(job.Sink, job.Options, notices, services.Time);
    }

    /// <summary>The walk.</summary>
    public Walk Walk { get; }

    /// <summary>Fingerprint of the job's model.</summary>
    public string ModelFingerprint { get; }

    /// <summary>Partitions of the job.</summary>
    public int Partitions => _job.Options.Partitions;

    /// <summary>Writes to the job's database.</summary>
    public SinkWriter Writer { get; }

    /// <summary>Counts what the end of the walk deletes.</summary>
    public IngestionMeters Meters { get; }

    /// <summary>Opens what is needed, makes the collection, begins the walk or takes it up.</summary>
    /// <exception cref="SluiceException">The job cannot run as it is; the message says why.</exception>
    public static async Task<JobWalk> BeginAsync(NodeServices services, JobTicket ticket, WalkStart start, NoticeBoard notices, Action waits, CancellationToken cancellationToken)
    {
        var job = services.Workshop.Open(ticket);
        ActiveWalks.Entry? entry = null;
        try
        {
            var source = job.OpenSource(ticket.Source);
            entry = await services.Walks.EnterAsync(ticket.Id, source.Scope, job.Sink.Name, text =>
            {
                notices.Post("queue", text);
                waits();
            }, services.Time, cancellationToken);
            notices.Clear("queue");
            var model = await ModelFinder.OpenAsync(services, job, ticket.ModelFingerprint, cancellationToken);
            var entered = entry;
            var preparation = new CollectionPreparation(services.Ledger, services.Time) { Told = text => notices.Post("collection", text), Filling = () => services.Walks.Filling(entered) };
            var writer = new SinkWriter(job.Sink, job.Options, notices, services.Time);
            async Task<Walk> BeginWalkAsync(bool resume)
            {
                Walk? begun = null;
                await writer.RunAsync(
                    async (sink, ct) =>
                    {
                        // From the question whether the collection is there to the beginning of the walk nobody else asks. A try that fails lets the others pass.
                        using var alone = await services.Walks.PrepareAsync(sink.Name, text => notices.Post("collection", text), ct);
                        await PrepareAsync(preparation, sink, model.Info, ct);
                        begun = await services.Ledger.BeginWalkAsync(new WalkSpec(source.Scope, sink.Name, model.Configuration), resume, ct);
                        entered.Begun();
                    },
                    cancellationToken);
                notices.Clear("collection");
                return begun!;
            }

            var walk = await BeginWalkAsync(resume: start != WalkStart.New);
            if (start == WalkStart.GoOnOrAnew && walk.Root is { } root && await source.CheckRootAsync(root, cancellationToken) is { State: RootState.Replaced } other)
            {
                notices.Tell($"{other.Message}. The job was resumed, so this is meant: the source is listed from its beginning");
                walk = await BeginWalkAsync(resume: false); // What it removes is guarded as in any walk.
            }

            var guard = new SourceGuard(source, job.Options, notices, services.Time, walk.Root) { Advice = SourceAdvice.OfJob(ticket.Id) };
            walk = await guard.PrepareAsync(services.Ledger, walk, cancellationToken); // With it other nodes tell their source from another one in its place.
            return new JobWalk(services, entry, job, source, guard, walk, model.Info.Fingerprint, notices);
        }
        catch
        {
            entry?.Dispose();
            await job.DisposeAsync();
            throw;
        }
    }

    /// <summary>Lists the source into the ledger, from where the walk stands.</summary>
    public async Task ListAsync(IActorRef job, CancellationToken cancellationToken) =>
        _complete &= await new SourceWalk(_source, _services.Ledger, Walk, _guard, new StageMeter()) { Notices = _notices }.RunAsync(job, cancellationToken);

    /// <summary>Compares what is in doubt, removes what is gone, ends the walk.</summary>
    /// <param name="edits">Deletes.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The accounting; null when documents are pending again and the partitions have to go on.</returns>
    public async Task<Accounting?> SettleAsync(IActorRef edits, CancellationToken cancellationToken)
    {
        var reconciler = new Reconciler(_services.Ledger, Writer, Walk, Meters.Deleted);
        await reconciler.RunAsync(cancellationToken);
        if (reconciler.Refused is { } refused)
        {
            _notices.Post("deletions", refused);
        }

        if ((await _services.Ledger.AccountAsync(Walk, cancellationToken)).Pending > 0)
        {
            return null;
        }

        var pruned = await new Pruner(_services.Ledger, edits, Walk, Meters, _job.Options).RunAsync(_job.Prune, _complete, cancellationToken);
        if (pruned.Withheld > 0)
        {
            throw new RemovalWithheldException(pruned.Message!) { Withheld = pruned.Withheld }; // The walk stays open: whoever agrees goes on with it, and nothing is listed again.
        }

        if (pruned.Message is { } message)
        {
            _notices.Post("prune", message);
        }

        if (pruned.Removed > 0)
        {
            _notices.Tell($"removed {pruned.Removed} documents that are gone from {Walk.Spec.Scope.Uri}");
        }

        await _services.Ledger.EndWalkAsync(Walk, cancellationToken);
        return await _services.Ledger.AccountAsync(Walk, cancellationToken);
    }

    /// <summary>The accounting as it stands.</summary>
    public Task<Accounting> AccountAsync(CancellationToken cancellationToken) => _services.Ledger.AccountAsync(Walk, cancellationToken);

    /// <summary>Closes a walk that nobody takes any more, once it is open.</summary>
    public static async Task CloseLaterAsync(Task<JobWalk> opening, ILogger logger)
    {
        await opening.ContinueWith(static _ => { }, TaskScheduler.Default);
        if (!opening.IsCompletedSuccessfully)
        {
            return; // It closed what it had, and its failure went to the actor.
        }

        try
        {
            await (await opening).DisposeAsync();
        }
        catch (Exception exception)
        {
            JobLog.ClosingFailed(logger, exception.Message);
        }
    }

    public ValueTask DisposeAsync()
    {
        _entry.Dispose();
        return _job.DisposeAsync();
    }

    private static async Task PrepareAsync(CollectionPreparation preparation, IVectorSink sink, EmbeddingModelInfo model, CancellationToken cancellationToken)
    {
        var collection = await preparation.FindAsync(sink, cancellationToken);
        if (collection is not null && collection.ModelFingerprint != model.Fingerprint)
        {
            throw new CollectionMismatchException(
                $"The database holds vectors of the model {collection.ModelName} ({Details(collection.Kind, collection.Dimension, collection.ModelFingerprint)}) and the job uses "
                + $"{model.Name} ({Details(model.Kind, model.Dimension, model.Fingerprint)}); they cannot be compared. Submit the job again with the database's model (--model, and --variant, "
                + "--dimensions or --set embedding.output where they differ), or with another database (--to), or drop the collection first.");
        }

        await sink.EnsureCollectionAsync(new CollectionSpec(model), cancellationToken);
    }

    private static string Details(EmbeddingKind kind, int dimension, string fingerprint) => string.Create(
        CultureInfo.InvariantCulture, $"{kind.ToString().ToLowerInvariant()}, {dimension} dimensions, fingerprint {fingerprint[..Math.Min(8, fingerprint.Length)]}");
}
