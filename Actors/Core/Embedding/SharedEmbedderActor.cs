using Akka.Actor;
using Sluice.Actors.Core.Partitions;
using Sluice.Streams.Monitoring;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Core.Embedding;

/// <summary>
/// One embedder for several runs. A model that cannot be opened fails whoever waits and whoever comes after, so that no run hangs.
/// </summary>
/// <remarks>What waits here is what the embed flows have under way: a few batches a run.</remarks>
internal sealed class SharedEmbedderActor : ReceiveActor
{
    private readonly Dictionary<PackedBatch, IActorRef> _waiting = new(ReferenceEqualityComparer.Instance);
    private Exception? _failure;

    public SharedEmbedderActor(int sessions, Func<IEmbedder> open, PipelineOptions options, StageMeter meter, NoticeBoard notices)
    {
        var embedder = Context.ActorOf(EmbedderPool.For(sessions, open, options, meter, notices), "embedder");
        Receive<EmbedBatch>(message =>
        {
            if (_failure is { } failure)
            {
                Sender.Tell(new Status.Failure(failure));
                return;
            }

            _waiting[message.Batch] = Sender;
            embedder.Tell(message);
        });
        Receive<EmbeddedBatch>(message =>
        {
            if (_waiting.Remove(message.Batch, out var requester))
            {
                requester.Tell(message);
            }
        });
        Receive<RunFailed>(message =>
        {
            _failure = message.Exception;
            foreach (var requester in _waiting.Values)
            {
                requester.Tell(new Status.Failure(message.Exception));
            }

            _waiting.Clear();
        });
        Receive<Status.Failure>(static _ =>
        {
            // Comes with RunFailed, which says the same for all batches at once.
        });
    }

    public static Props Props(int sessions, Func<IEmbedder> open, PipelineOptions options, StageMeter meter, NoticeBoard notices) =>
        Akka.Actor.Props.Create(() => new SharedEmbedderActor(sessions, open, options, meter, notices));

    protected override void PreRestart(Exception reason, object message)
    {
        foreach (var requester in _waiting.Values)
        {
            requester.Tell(new Status.Failure(reason)); // It forgets them: nobody else would answer.
        }

        base.PreRestart(reason, message);
    }

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(static _ => Directive.Stop);
}
