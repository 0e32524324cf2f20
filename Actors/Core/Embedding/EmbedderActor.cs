using Akka.Actor;
using Sluice.Actors.Core.Partitions;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Monitoring;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Core.Embedding;

/// <summary>
/// Serves batches one after the other through a <see cref="SessionActor"/>, and survives its death: a batch that breaks the session is halved until the chunk that
/// does it is alone, which is given up after a few tries; a batch that does not fit in memory is halved at once.
/// </summary>
/// <remarks>Its mailbox holds what the embed flow has under way, a handful of batches.</remarks>
internal sealed class EmbedderActor : ReceiveActor, IWithTimers
{
    private readonly Func<IEmbedder> _open;
    private readonly PipelineOptions _options;
    private readonly StageMeter _meter;
    private readonly NoticeBoard _notices;
    private readonly Queue<(IActorRef Sender, PackedBatch Batch)> _waiting = new();
    private Work? _work;
    private IActorRef _session = ActorRefs.Nobody;
    private bool _ready;
    private int _breaks;

    public EmbedderActor(Func<IEmbedder> open, PipelineOptions options, StageMeter meter, NoticeBoard notices)
    {
        _open = open;
        _options = options;
        _meter = meter;
        _notices = notices;
        Receive<EmbedBatch>(message =>
        {
            _waiting.Enqueue((Sender, message.Batch));
            if (_session.IsNobody())
            {
                Open(); // With the first batch: a run in which nothing changed loads no model.
            }

            Next();
        });
        Receive<SessionActor.Opened>(_ =>
        {
            _ready = true;
            Next();
        });
        Receive<SessionActor.Done>(OnDone);
        Receive<SessionActor.Failed>(OnFailed);
        Receive<Terminated>(_ => OnSessionLost());
        Receive<OpenSession>(_ => Open());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(Func<IEmbedder> open, PipelineOptions options, StageMeter meter, NoticeBoard notices) =>
        Akka.Actor.Props.Create(() => new EmbedderActor(open, options, meter, notices));

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(static _ => Directive.Stop);

    private void Open()
    {
        _session = Context.ActorOf(SessionActor.Props(_open, _meter), $"session-{_breaks}");
        Context.Watch(_session);
    }

    private void Next()
    {
        if (!_ready)
        {
            return;
        }

        if (_work is null && _waiting.TryDequeue(out var next))
        {
            _work = new Work(next.Sender, next.Batch);
        }

        if (_work is { } work)
        {
            _ready = false;
            _session.Tell(work.Next());
        }
    }

    private void OnDone(SessionActor.Done done)
    {
        _ready = true;
        _breaks = 0;
        _notices.Clear("embedder", "the embedder works again");
        Finish(_work!.Succeeded(done.Embeddings, done.Elapsed));
    }

    /// <summary>The session says why it failed; after anything but a lack of memory it dies next, and is opened again.</summary>
    private void OnFailed(SessionActor.Failed failed)
    {
        if (failed.Exception is EmbedderOutOfMemoryException)
        {
            _ready = true;
            Finish(_work!.HalveOrReject(1, failed.Exception));
        }
        else if (failed.WhileOpening)
        {
            // A model that cannot be opened is nobody's batch's fault: the run ends with the reason.
            Fail(failed.Exception);
        }
        else
        {
            Finish(_work!.HalveOrReject(_options.Attempts, failed.Exception));
        }
    }

    private void Finish(bool complete)
    {
        if (complete)
        {
            _work!.Requester.Tell(_work.Result());
            _work = null;
        }

        Next();
    }

    private void Fail(Exception exception)
    {
        if (_work is { } work)
        {
            work.Requester.Tell(new Status.Failure(exception));
            _work = null;
        }

        while (_waiting.TryDequeue(out var next))
        {
            next.Sender.Tell(new Status.Failure(exception));
        }

        // Nobody may be waiting, and batches may still come: the parent ends the run.
        Context.Parent.Tell(new RunFailed(exception));
        Context.Stop(Self);
    }

    private void OnSessionLost()
    {
        _ready = false;
        _breaks++;
        var delay = Backoff.Delay(_options, _breaks);
        _notices.Post("embedder", $"the embedder's session broke ({_breaks} times in a row) and is opened again in {delay.TotalSeconds:0.0} s");
        Timers.StartSingleTimer("open", new OpenSession(), delay);
    }

    private sealed record OpenSession;

    /// <summary>A batch on its way: the ranges of it that are still to be run, in order, and what came out so far.</summary>
    private sealed class Work
    {
        private readonly PackedBatch _batch;
        private readonly EmbeddingResult[] _results;
        private readonly Stack<(int Start, int Count, int Attempts)> _ranges = new();
        private TimeSpan _elapsed;
        private bool _refused;

        public Work(IActorRef requester, PackedBatch batch)
        {
            Requester = requester;
            _batch = batch;
            _results = new EmbeddingResult[batch.Items.Count];
            for (var end = batch.Items.Count; end > 0;)
            {
                var start = end - 1;
                while (start > 0 && IsImage(start - 1) == IsImage(end - 1))
                {
                    start--;
                }

                _ranges.Push((start, end - start, 0));
                end = start;
            }
        }

        public IActorRef Requester { get; }

        /// <summary>What is to be run next: texts or images, never both.</summary>
        public SessionActor.Run Next()
        {
            var (start, count, _) = _ranges.Peek();
            if (IsImage(start))
            {
                var images = new PreparedImage[count];
                for (var index = 0; index < count; index++)
                {
                    images[index] = _batch.Items[start + index].Chunk.Image!;
                }

                return new SessionActor.Run(null, images);
            }

            var inputs = new ReadOnlyMemory<int>[count];
            for (var index = 0; index < count; index++)
            {
                inputs[index] = _batch.Items[start + index].Chunk.Tokens;
            }

            return new SessionActor.Run(inputs, null);
        }

        /// <summary>Takes the results of the current range.</summary>
        /// <returns>Whether nothing is left.</returns>
        public bool Succeeded(IReadOnlyList<Streams.Vectors.Embedding> embeddings, TimeSpan elapsed)
        {
            _elapsed += elapsed;
            var (start, count, _) = _ranges.Pop();
            for (var index = 0; index < count; index++)
            {
                _results[start + index] = new EmbeddingResult(embeddings[index], null);
            }

            return _ranges.Count == 0;
        }

        /// <summary>Halves the current range; one of a single chunk is rejected after <paramref name="attempts"/> tries.</summary>
        /// <returns>Whether nothing is left.</returns>
        public bool HalveOrReject(int attempts, Exception exception)
        {
            _refused |= exception is EmbedderOutOfMemoryException;
            var (start, count, tried) = _ranges.Pop();
            if (count > 1)
            {
                var half = count / 2;
                _ranges.Push((start + half, count - half, 0));
                _ranges.Push((start, half, 0));
            }
            else if (tried + 1 < attempts)
            {
                _ranges.Push((start, 1, tried + 1));
            }
            else
            {
                _results[start] = new EmbeddingResult(null, Rejection.Dead(Reasons.EmbeddingFailed, $"the model failed on it {tried + 1} times, last with {exception.GetType().Name}: {exception.Message}"));
            }

            return _ranges.Count == 0;
        }

        public EmbeddedBatch Result() => new(_batch, _results) { Elapsed = _elapsed, WasHalved = _refused };

        private bool IsImage(int index) => _batch.Items[index].Chunk.Image is not null;
    }
}
