using Akka.Actor;
using Sluice.Actors.Core.Partitions;
using Sluice.Streams.Monitoring;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Core.Embedding;

/// <summary>
/// Several sessions of one model, shared by several jobs: each session gets its next batch the moment it is free, from the jobs in proportion to their weights.
/// </summary>
/// <remarks>What waits here is what the embed flows have under way: a few batches a job.</remarks>
internal sealed class EmbedderPool : ReceiveActor
{
    private readonly FairQueue<(IActorRef Requester, EmbedShare Work)> _waiting = new();
    private readonly Queue<IActorRef> _idle = new();
    private readonly Dictionary<IActorRef, (IActorRef Requester, StageMeter? Meter, long Since)> _serving = [];

    public EmbedderPool(int sessions, Func<IEmbedder> open, PipelineOptions options, StageMeter meter, NoticeBoard notices)
    {
        for (var index = 0; index < sessions; index++)
        {
            _idle.Enqueue(Context.ActorOf(EmbedderActor.Props(open, options, meter, notices), $"embedder-{index}"));
        }

        Receive<EmbedShare>(Accept);
        Receive<EmbedBatch>(message => Accept(new EmbedShare(0, 1, message.Batch, null)));
        Receive<EmbeddedBatch>(message => Answer(message));
        Receive<Status.Failure>(message => Answer(message));
        Receive<RunFailed>(OnModelFailed);
    }

    public static Props Props(int sessions, Func<IEmbedder> open, PipelineOptions options, StageMeter meter, NoticeBoard notices) =>
        Akka.Actor.Props.Create(() => new EmbedderPool(sessions, open, options, meter, notices));

    /// <summary>One embedder, or a pool where there are several sessions: either takes <see cref="EmbedBatch"/>.</summary>
    public static Props For(int sessions, Func<IEmbedder> open, PipelineOptions options, StageMeter meter, NoticeBoard notices) =>
        sessions == 1 ? EmbedderActor.Props(open, options, meter, notices) : Props(sessions, open, options, meter, notices);

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(static _ => Directive.Escalate); // Its batch would be answered by nobody.

    private void Accept(EmbedShare work)
    {
        _waiting.Enqueue(work.Share, work.Weight, work.Batch.PaddedTokens, (Sender, work));
        Serve();
    }

    private void Serve()
    {
        while (_idle.Count > 0 && _waiting.TryDequeue(out var next))
        {
            var embedder = _idle.Dequeue();
            _serving[embedder] = (next.Requester, next.Work.Meter, next.Work.Meter?.BeginWork() ?? 0);
            embedder.Tell(new EmbedBatch(next.Work.Batch));
        }
    }

    private void Answer(object answer)
    {
        if (_serving.Remove(Sender, out var served))
        {
            served.Meter?.EndWork(served.Since);
            served.Requester.Tell(answer);
            _idle.Enqueue(Sender);
            Serve();
        }
    }

    /// <summary>A model that cannot be opened is nobody's batch's fault: whoever waits is told, and the parent, which may try again later.</summary>
    private void OnModelFailed(RunFailed failed)
    {
        foreach (var (requester, meter, begun) in _serving.Values)
        {
            meter?.EndWork(begun);
            requester.Tell(new Status.Failure(failed.Exception));
        }

        _serving.Clear();
        while (_waiting.TryDequeue(out var next))
        {
            next.Requester.Tell(new Status.Failure(failed.Exception));
        }

        Context.Parent.Tell(failed);
        Context.Stop(Self);
    }
}
