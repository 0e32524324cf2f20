using Akka.Actor;
using Sluice.Actors.Core;
using Sluice.Actors.Core.Embedding;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Monitoring;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Models;

namespace Sluice.Actors.Tests.Core;

/// <summary>Actors that break while they owe somebody an answer: it is told, since nobody else would.</summary>
public sealed class CrashAnswersTests : Akka.TestKit.Xunit2.TestKit
{
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(20);

    [Fact]
    public void SharedEmbedder_ThatBreaksWhileBatchesWait_TellsWhoAsked()
    {
        using var opening = new ManualResetEventSlim();
        var options = new PipelineOptions();
        var embedder = Restarted(SharedEmbedderActor.Props(
            1,
            () =>
            {
                opening.Wait(s_soon); // The model takes its time: the batch waits.
                return new HashingEmbedder();
            },
            options,
            new StageMeter(),
            new NoticeBoard()));
        try
        {
            embedder.Tell(new EmbedBatch(Batch()), TestActor);
            embedder.Tell(Kill.Instance);
            ExpectMsg<Status.Failure>(s_soon).Cause.ShouldBeOfType<ActorKilledException>();
        }
        finally
        {
            opening.Set();
        }
    }

    /// <summary>An actor whose parent begins it anew whatever happens.</summary>
    private IActorRef Restarted(Props props)
    {
        var parent = Sys.ActorOf(Props.Create(() => new Forgiving(props)));
        parent.Tell("child", TestActor);
        return ExpectMsg<IActorRef>(s_soon);
    }

    private static PackedBatch Batch()
    {
        var document = DocumentId.FromUri("file:///a");
        var chunk = new Chunk(ChunkId.Create(document, "a", 0), "a", new[] { 1, 2, 3 }, new Place(0, 1));
        return new PackedBatch([new PackedItem(new GroupInProgress(new ChunkGroup(new GroupId(document, 1, 0), "file:///a", [chunk], ActorRefs.Nobody)), 0)], 3, 3);
    }

    private sealed class Forgiving : ReceiveActor
    {
        public Forgiving(Props props)
        {
            var child = Context.ActorOf(props);
            ReceiveAny(_ => Sender.Tell(child));
        }

        protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(static _ => Directive.Restart);
    }
}
