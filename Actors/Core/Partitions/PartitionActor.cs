using Akka.Actor;
using Akka.Streams;
using Sluice.Actors.Core.Indexing;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Flows;
using Sluice.Streams.Ledger;
using Sluice.Streams.Stages;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Core.Partitions;

/// <summary>
/// The single writer for a share of a job's documents. Reads them through the parse flow, within a window of unacknowledged bytes; records what the sink has
/// committed; ends each document when all of it is recorded.
/// </summary>
/// <remarks>
/// When its stream fails it dies, and its parent starts it anew: the ledger then shows its documents as interrupted, and only what was not recorded is done again.
/// </remarks>
internal sealed partial class PartitionActor : ReceiveActor, IWithTimers
{
    private readonly int _index;
    private readonly PartitionContext _job;
    private readonly CancellationTokenSource _reading = new();
    private readonly CancellationTokenSource _stopped = new();
    private readonly PendingFeed _feed;
    private readonly DocumentFinisher _finisher;
    private readonly Dictionary<DocumentId, DocumentProgress> _documents = [];
    private readonly Dictionary<DocumentId, int> _attempts = [];
    private readonly FreshChunks _fresh = new();
    private readonly OfferLog _offers;
    private List<StoredChunks> _toRecord = [];
    private bool _recording;
    private int _finishing;
    private int _relocating;
    private bool _read;
    private IActorRef? _stopRequester;
    private IActorRef? _finishRequester;
    private UniqueKillSwitch? _intake;
    private IWindowControl<GroupId>? _window;
    private UniqueKillSwitch? _end;

    public PartitionActor(int index, PartitionContext job)
    {
        _index = index;
        _job = job;
        _offers = new OfferLog(job.Options.AcknowledgeTimeout, job.Time);
        var slots = SlotRange.OfPartition(index, job.Options.Partitions);
        _feed = new PendingFeed(job.Parts.Ledger, job.Walk, slots, job.Options.DocumentsInFlight, _reading.Token);
        _finisher = new DocumentFinisher(job.Parts.Ledger, job.Indexer, job.Walk, job.Meters, job.Time);

        Receive<ListingAdvanced>(message => _feed.Advance(message.Complete));
        Receive<PartitionStream.GroupOffered>(message =>
        {
            Progress(message.Group.Document, message.Group.Generation);
            _offers.Offered(message.Group);
        });
        Receive<GroupStored>(OnStored);
        Receive<GroupsStored>(message =>
        {
            foreach (var stored in message.Groups)
            {
                OnStored(stored);
            }

            Sender.Tell(new GroupsStoredTaken(message.Number));
        });
        Receive<OfferAgain>(message => _window!.OfferAgain(message.Group));
        Receive<ChunksKept>(OnKept);
        Receive<ChunksRelocated>(OnRelocated);
        Receive<Recorded>(OnRecorded);
        Receive<DocumentRead>(message =>
        {
            var progress = Progress(message.Document, message.Generation);
            progress.Read = message;
            progress.Superseded |= message.Superseded;
            FinishWhenComplete(message.Document, progress);
        });
        Receive<Finished>(OnFinished);
        Receive<ReadAgain>(message => _feed.Return(message.Document));
        Receive<PartitionStream.StreamEnded>(_ =>
        {
            _read = true;
            StopWhenIdle();
        });
        Receive<CheckOffers>(_ => OfferSilentAgain());
        Receive<StopReading>(_ => _reading.Cancel());
        Receive<FinishPartition>(_ =>
        {
            _finishRequester = Sender;
            _intake!.Shutdown();
            _reading.Cancel();
            StopWhenIdle();
        });
        Receive<StopPartition>(_ =>
        {
            _stopRequester = Sender;
            _reading.Cancel();
            StopWhenIdle();
        });

        // Each failure gives back just what its operation had taken, or the partition would wait for it for ever.
        Receive<PartitionStream.StreamFailed>(failed =>
        {
            _read = true;
            OnFailure(failed.Cause);
        });
        Receive<RelocationFailed>(failed =>
        {
            _relocating--;
            OnFailure(failed.Cause);
        });
        Receive<RecordingFailed>(failed =>
        {
            _recording = false;
            OnFailure(failed.Cause);
        });
        Receive<FinishingFailed>(failed =>
        {
            _finishing--;
            OnFailure(failed.Cause);
        });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(int index, PartitionContext job) => Akka.Actor.Props.Create(() => new PartitionActor(index, job));

    protected override void PreStart()
    {
        (_intake, _window, _end) = PartitionStream.Run(_index, _job, _feed, Self, Context.System.Materializer(), _reading.Token);
        _job.Meters.Parsed.AddWorkers(_job.Options.ParseParallelism);
        var period = TimeSpan.FromTicks(_job.Options.AcknowledgeTimeout.Ticks / 4);
        Timers.StartPeriodicTimer("offers", new CheckOffers(), period);
    }

    protected override void PostStop()
    {
        _job.Meters.Parsed.AddWorkers(-_job.Options.ParseParallelism);
        _reading.Cancel();
        _stopped.Cancel();
        _end?.Shutdown(); // A full window asks for nothing, and what stands at it would stand for ever.
        foreach (var group in _offers.Waiting)
        {
            _job.GroupSettled(group); // Nobody is there to take it back.
        }
    }

    private DocumentProgress Progress(DocumentId document, long generation)
    {
        if (!_documents.TryGetValue(document, out var progress))
        {
            progress = new DocumentProgress(generation);
            _documents.Add(document, progress);
        }

        return progress;
    }

    private void OnStored(GroupStored stored)
    {
        _job.GroupSettled(stored.Group);
        if (!_offers.Settled(stored.Group))
        {
            return; // A repeat, or of an earlier life of this partition: harmless, and counted already or to be done again.
        }

        _window!.Acknowledge(stored.Group);
        Progress(stored.Group.Document, stored.Group.Generation).Failures.AddRange(stored.Failures);
        _fresh.Add(stored.Group.Document, stored.Group.Generation, stored.Stored);
        Record(new StoredChunks(stored.Group.Document, stored.Group.Generation, stored.Stored));
    }

    private void OnKept(ChunksKept kept)
    {
        Progress(kept.Document, kept.Generation);
        _job.Meters.Kept.Count(kept.Chunks.Count, 0);
        if (kept.Moved.Count == 0)
        {
            Record(new StoredChunks(kept.Document, kept.Generation, kept.Chunks));
            return;
        }

        _relocating++;
        _job.Indexer.AskLivingAsync<EditDone<Chunk>>(new RelocateChunks(kept.Document, kept.Uri, [.. kept.Moved.Select(static moved => moved.Chunk)]), _stopped.Token)
            .PipeTo(Self, success: done => new ChunksRelocated(kept, done.Refused), failure: static exception => new RelocationFailed(exception));
    }

    /// <summary>A chunk whose place the sink would not update keeps the place it had, in the ledger too: it is tried again whenever the document is read again.</summary>
    private void OnRelocated(ChunksRelocated relocated)
    {
        _relocating--;
        var kept = relocated.Kept;
        var chunks = kept.Chunks;
        if (relocated.Refused.Count > 0)
        {
            var unmoved = relocated.Refused.ToDictionary(static refusal => refusal.Item.Id);
            var old = kept.Moved.Where(moved => unmoved.ContainsKey(moved.Chunk.Id)).DistinctBy(static moved => moved.Chunk.Id).ToDictionary(static moved => moved.Chunk.Id, static moved => moved.OldPlace);
            chunks = [.. chunks.Select(chunk => old.TryGetValue(chunk.Id, out var place) ? chunk with { PlaceHash = place } : chunk)];
            Progress(kept.Document, kept.Generation).Unmoved.AddRange(relocated.Refused.Select(static refusal => new ChunkFailure(
                refusal.Item,
                Rejection.Dead(Reasons.RefusedBySink, $"its place in the document has changed and the database refused the change ({refusal.Why}); it is found, with the place it had"))));
        }

        Record(new StoredChunks(kept.Document, kept.Generation, chunks));
    }

    /// <summary>Records in batches: while one is being written the next one gathers.</summary>
    private void Record(StoredChunks? chunks = null)
    {
        if (chunks is not null)
        {
            _toRecord.Add(chunks);
        }

        if (_recording || _toRecord.Count == 0)
        {
            return;
        }

        _recording = true;
        var batch = _toRecord;
        _toRecord = [];
        var (ledger, walk, token) = (_job.Parts.Ledger, _job.Walk, _stopped.Token);
        Task.Run(() => ledger.RecordChunksAsync(walk, batch, token), token).PipeTo(Self, success: refused => new Recorded(batch, refused), failure: static exception => new RecordingFailed(exception));
    }

    private void OnRecorded(Recorded recorded)
    {
        _recording = false;
        foreach (var chunks in recorded.Batch)
        {
            var progress = _documents[chunks.Document];
            progress.Recorded++;
            progress.Superseded |= recorded.Refused.Contains(chunks.Document);
            FinishWhenComplete(chunks.Document, progress);
        }

        Record();
        StopWhenIdle();
    }

    private void OfferSilentAgain()
    {
        if (_job.Notices.Current.Count > 0 || _job.Parts.Ledger.Trouble is not null)
        {
            _offers.Excuse(); // Something is known to be down and is being waited for: its taker is not lost.
        }

        foreach (var group in _offers.TakeSilent())
        {
            _window!.OfferAgain(group);
        }
    }

    /// <summary>Something that was begun has failed. Whoever comes next for these documents finds in the ledger what is left to do.</summary>
    private void OnFailure(Exception cause)
    {
        cause = cause is AggregateException { InnerException: { } inner } ? inner : cause;
        if (_reading.IsCancellationRequested && cause is (OperationCanceledException or AskedStoppedException))
        {
            StopWhenIdle(); // It was told to stop, and so was who it had asked.
        }
        else if (cause is StorageException or ConfigurationException or ModelException or SourceLostException)
        {
            Context.Parent.Tell(new RunFailed(cause));
            Context.Stop(Self); // What failed is not done again here: should the run go on, then with a partition that begins anew.
        }
        else
        {
            throw new PartitionFailedException(_index, cause);
        }
    }

    private sealed record ChunksRelocated(ChunksKept Kept, IReadOnlyList<Refusal<Chunk>> Refused);

    private sealed record RelocationFailed(Exception Cause);

    private sealed record Recorded(List<StoredChunks> Batch, IReadOnlySet<DocumentId> Refused);

    private sealed record RecordingFailed(Exception Cause);

    private sealed record FinishingFailed(Exception Cause);

    private sealed record CheckOffers;
}
