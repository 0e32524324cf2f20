using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Util;
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
internal sealed class PartitionActor : ReceiveActor, IWithTimers
{
    private readonly int _index;
    private readonly PartitionContext _job;
    private readonly CancellationTokenSource _reading = new();
    private readonly CancellationTokenSource _stopped = new();
    private readonly PendingFeed _feed;
    private readonly DocumentFinisher _finisher;
    private readonly Dictionary<DocumentId, DocumentProgress> _documents = [];
    private readonly Dictionary<DocumentId, int> _attempts = [];
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

    public PartitionActor(int index, PartitionContext job)
    {
        _index = index;
        _job = job;
        _offers = new OfferLog(job.Options.AcknowledgeTimeout, job.Time);
        var slots = SlotRange.OfPartition(index, job.Options.Partitions);
        _feed = new PendingFeed(job.Parts.Ledger, job.Walk, slots, job.Options.DocumentsInFlight, _reading.Token);
        _finisher = new DocumentFinisher(job.Parts.Ledger, job.Indexer, job.Walk, job.Meters, job.Time);

        Receive<ListingAdvanced>(message => _feed.Advance(message.Complete));
        Receive<GroupOffered>(message =>
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
        Receive<ChunksRelocated>(message =>
        {
            _relocating--;
            Record(new StoredChunks(message.Kept.Document, message.Kept.Generation, message.Kept.Chunks));
        });
        Receive<Recorded>(OnRecorded);
        Receive<DocumentRead>(message =>
        {
            var progress = Progress(message.Document, message.Generation);
            progress.Read = message;
            FinishWhenComplete(message.Document, progress);
        });
        Receive<Finished>(message =>
        {
            _finishing--;
            _documents.Remove(message.Document);
            _attempts.Remove(message.Document);
            _feed.Release(message.Document);
            StopWhenIdle();
        });
        Receive<ReadAgain>(message => _feed.Return(message.Document));
        Receive<StreamEnded>(_ =>
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
        Receive<Status.Failure>(failure => OnFailure(failure.Cause));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(int index, PartitionContext job) => Akka.Actor.Props.Create(() => new PartitionActor(index, job));

    protected override void PreStart()
    {
        var self = Self;
        var parts = new ParseParts(
            _job.Source,
            _job.Parts.Parser,
            _job.Parts.Chunker,
            _job.Parts.Ledger,
            _job.Walk,
            self,
            _job.Parts.Sink.FetchEmbeddingsAsync,
            _job.Meters.Parsed,
            _job.Time)
        {
            Known = _job.Parts.Share is { } share ? share.Find : static _ => null,
            Siblings = _job.Siblings,
        };
        var window = new UnacknowledgedWindow<GroupId, ChunkGroup>(
            static group => group.Id,
            static group => group.Weight,
            static group => group with { Attempt = group.Attempt + 1 },
            _job.Meters.InFlight[_index]);
        (_intake, _window) = Source.UnfoldAsync(_feed, static async feed => await feed.NextAsync() is { } next ? Option<(PendingFeed, PendingDocument)>.Create((feed, next)) : Option<(PendingFeed, PendingDocument)>.None)
            .Via(ParseFlow.Create(parts, _job.Options.ParseParallelism, _reading.Token))
            .ViaMaterialized(KillSwitches.Single<DocumentEvent>(), Keep.Right)
            .SelectMany(next => Route(next, self))
            .WatchTermination((intake, done) =>
            {
                done.PipeTo(self, success: static () => new StreamEnded());
                return intake;
            })
            .Async()
            .WithAttributes(Attributes.CreateInputBuffer(1, 1))
            .ViaMaterialized(window, Keep.Both)
            .To(_job.Groups)
            .Run(Context.System.Materializer());
        var period = TimeSpan.FromTicks(_job.Options.AcknowledgeTimeout.Ticks / 4);
        Timers.StartPeriodicTimer("offers", new CheckOffers(), period);
    }

    protected override void PostStop()
    {
        _reading.Cancel();
        _stopped.Cancel();
    }

    /// <summary>Groups go down the stream; everything else is this actor's business.</summary>
    private static ChunkGroup[] Route(DocumentEvent next, IActorRef self)
    {
        if (next is GroupParsed parsed)
        {
            self.Tell(new GroupOffered(parsed.Group.Id));
            return [parsed.Group];
        }

        self.Tell(next);
        return [];
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
        _job.Indexer.Ask<SinkDone>(new RelocateChunks(kept.Moved), Timeout.InfiniteTimeSpan, _stopped.Token)
            .PipeTo(Self, success: _ => new ChunksRelocated(kept));
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
        Task.Run(() => ledger.RecordChunksAsync(walk, batch, token), token).PipeTo(Self, success: () => new Recorded(batch));
    }

    private void OnRecorded(Recorded recorded)
    {
        _recording = false;
        foreach (var chunks in recorded.Batch)
        {
            var progress = _documents[chunks.Document];
            progress.Recorded++;
            FinishWhenComplete(chunks.Document, progress);
        }

        Record();
        StopWhenIdle();
    }

    private void FinishWhenComplete(DocumentId document, DocumentProgress progress)
    {
        if (!progress.IsComplete || _stopRequester is not null)
        {
            return;
        }

        var read = progress.Read!;
        var attempt = _attempts.GetValueOrDefault(document) + 1;
        var rejection = read.Rejection;
        if (read.Retry is { } retry)
        {
            if (attempt < _job.Options.Attempts)
            {
                _attempts[document] = attempt;
                _documents.Remove(document);
                var again = read.Pending with { Generation = read.Generation, Interrupted = true };
                Timers.StartSingleTimer(document, new ReadAgain(again), Backoff.Delay(_job.Options, attempt, retry.RetryAfter));
                return;
            }

            rejection = Rejection.Dead(retry.Reason, $"{retry.Message} ({attempt} tries)");
        }

        _finishing++;
        var (finisher, failures, token) = (_finisher, progress.Failures, _stopped.Token);
        Task.Run(() => finisher.FinishAsync(read, failures, rejection, attempt, token), token).PipeTo(Self, success: () => new Finished(document));
    }

    private void StopWhenIdle()
    {
        if (_recording || _toRecord.Count > 0 || _finishing > 0 || _relocating > 0)
        {
            return;
        }

        if (_stopRequester is { } requester)
        {
            requester.Tell(new PartitionStopped());
        }
        else if (_finishRequester is { } finisher)
        {
            if (_offers.Count == 0)
            {
                finisher.Tell(new PartitionStopped());
            }
        }
        else if (_read && _documents.Count == 0 && !_reading.IsCancellationRequested)
        {
            Context.Parent.Tell(new PartitionDone(_index));
        }
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

    private void OnFailure(Exception cause)
    {
        if (cause is AggregateException { InnerException: { } inner })
        {
            cause = inner;
        }

        if (_reading.IsCancellationRequested && cause is OperationCanceledException)
        {
            _read = true;
            StopWhenIdle();
        }
        else if (cause is StorageException or ConfigurationException or ModelException)
        {
            Context.Parent.Tell(new RunFailed(cause));
        }
        else
        {
            throw new PartitionFailedException(_index, cause);
        }
    }

    private sealed record GroupOffered(GroupId Group);

    private sealed record ChunksRelocated(ChunksKept Kept);

    private sealed record Recorded(List<StoredChunks> Batch);

    private sealed record Finished(DocumentId Document);

    private sealed record ReadAgain(PendingDocument Document);

    private sealed record StreamEnded;

    private sealed record CheckOffers;
}
