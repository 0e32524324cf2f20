using Akka.Actor;
using Akka.TestKit;
using Sluice.Actors.Core.Partitions;
using Sluice.Cluster.Exchanges;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Cluster.Tests.Exchanges;

/// <summary>Under virtual time.</summary>
public sealed class CourierActorTests() : Akka.TestKit.Xunit2.TestKit("akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"")
{
    private TestScheduler Scheduler => (TestScheduler)Sys.Scheduler;

    [Fact]
    public void Deliver_WhileOneIsUnderWay_GathersTheOthersIntoOne()
    {
        var courier = Sys.ActorOf(CourierActor.Props());
        var owner = CreateTestProbe();
        courier.Tell(new CourierActor.Deliver(owner, Stored(0)));
        var first = owner.ExpectMsg<GroupsStored>();
        first.Groups.Single().Group.Sequence.ShouldBe(0);
        for (var sequence = 1; sequence <= 5; sequence++)
        {
            courier.Tell(new CourierActor.Deliver(owner, Stored(sequence)));
        }

        owner.ExpectNoMsg(TimeSpan.FromMilliseconds(50));
        courier.Tell(new GroupsStoredTaken(first.Number), owner);
        var second = owner.ExpectMsg<GroupsStored>();
        second.Groups.Select(static stored => stored.Group.Sequence).ShouldBe([1, 2, 3, 4, 5]);
    }

    [Fact]
    public void Deliver_WithoutAnAnswer_IsSentAgainUntilThereIsOne()
    {
        var courier = Sys.ActorOf(CourierActor.Props());
        var owner = CreateTestProbe();
        courier.Tell(new CourierActor.Deliver(owner, Stored(0)));
        var first = owner.ExpectMsg<GroupsStored>();
        for (var again = 0; again < 2; again++)
        {
            Scheduler.Advance(TimeSpan.FromSeconds(1));
            Scheduler.Advance(TimeSpan.FromSeconds(1));
            owner.FishForMessage<GroupsStored>(message => message.Number == first.Number);
        }

        courier.Tell(new GroupsStoredTaken(first.Number), owner);
        Scheduler.Advance(TimeSpan.FromSeconds(10));
        owner.ReceiveWhile<object>(TimeSpan.FromMilliseconds(100), static message => message);
        Scheduler.Advance(TimeSpan.FromSeconds(10));
        owner.ExpectNoMsg(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public void Deliver_ToAnOwnerThatIsGone_IsForgotten()
    {
        var courier = Sys.ActorOf(CourierActor.Props());
        var owner = CreateTestProbe();
        courier.Tell(new CourierActor.Deliver(owner, Stored(0)));
        owner.ExpectMsg<GroupsStored>();
        Sys.Stop(owner);
        var other = CreateTestProbe();
        courier.Tell(new CourierActor.Deliver(other, Stored(1)));
        other.ExpectMsg<GroupsStored>().Groups.Single().Group.Sequence.ShouldBe(1);
    }

    [Fact]
    public void Deliver_GroupsOfManyFailures_AreSpreadOverMessages()
    {
        var courier = Sys.ActorOf(CourierActor.Props());
        var owner = CreateTestProbe();
        courier.Tell(new CourierActor.Deliver(owner, Stored(0)));
        var message = owner.ExpectMsg<GroupsStored>();
        var document = DocumentId.FromUri("file:///a");
        var chunk = new Chunk(ChunkId.Create(document, "a", 0), "a", ReadOnlyMemory<int>.Empty, new Place(0, 1));
        var failures = Enumerable.Repeat(new ChunkFailure(chunk, Rejection.Dead("refused-by-sink", "no")), 16).ToList();
        for (var sequence = 1; sequence <= 100; sequence++)
        {
            courier.Tell(new CourierActor.Deliver(owner, new GroupStored(new GroupId(document, 1, sequence), [], failures)));
        }

        var sizes = new List<int>();
        for (var told = 0; told < 100; told += sizes[^1])
        {
            courier.Tell(new GroupsStoredTaken(message.Number), owner);
            message = owner.ExpectMsg<GroupsStored>();
            sizes.Add(message.Groups.Count);
        }

        sizes.ShouldBe([64, 36]);
    }

    private static GroupStored Stored(int sequence) => new(new GroupId(DocumentId.FromUri("file:///a"), 1, sequence), [], []);
}
