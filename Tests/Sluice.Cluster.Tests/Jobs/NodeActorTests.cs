using System.Reflection;
using Akka.Actor;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Cluster.Jobs;
using Sluice.Cluster.Nodes;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;
using Sluice.TestKit.Files;
using Sluice.TestKit.Ledgers;

namespace Sluice.Cluster.Tests.Jobs;

/// <summary>What a node believes of the boards that coordinators send.</summary>
public sealed class NodeActorTests() : Akka.TestKit.Xunit2.TestKit("akka.actor.provider = cluster\nakka.remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }")
{
    [Fact]
    public async Task Board_OfNoEpochOrAnEarlierOne_ChangesNothing()
    {
        using var folder = new TemporaryFolder();
        await using var ledger = Actors.Ledgers.Ledgers.Open("sqlite:" + folder.Combine("ledger.db"), TimeProvider.System);
        await ledger.InitializeAsync(CancellationToken.None);
        await using var jobs = new MemoryJobStore(TimeProvider.System);
        var services = new NodeServices(["index"], ledger, jobs, new TestWorkshop(folder.Combine("vectors.db")), new ClusterOptions(), NullLoggerFactory.Instance, TimeProvider.System) { Pools = CreateTestProbe() };
        var node = Sys.ActorOf(NodeActor.Props(services, CreateTestProbe()));
        var walk = new Walk(1, new WalkSpec(SourceScope.Parse("file:///corpus/"), "sqlite:x", "configuration 1"), null);
        var ticket = new JobTicket(1, "test", [folder.Path], "", 10) { Walk = walk, Partitions = 2 };

        async Task<int> WorksOnAsync(long epoch, params JobTicket[] tickets)
        {
            node.Tell(new JobBoard(1, tickets, null) { Epoch = epoch });
            return (await node.Ask<NodeActor.NodeState>(new NodeActor.AskState(), TimeSpan.FromSeconds(30))).Jobs;
        }

        (await WorksOnAsync(0, ticket)).ShouldBe(0, "nobody who has not taken office is believed");
        (await WorksOnAsync(5, ticket)).ShouldBe(1);
        (await WorksOnAsync(0)).ShouldBe(1);
        (await WorksOnAsync(4)).ShouldBe(1, "one without an epoch makes no earlier one believed again");
        (await WorksOnAsync(-1)).ShouldBe(1);
        (await WorksOnAsync(5)).ShouldBe(0);
        (await WorksOnAsync(6, ticket)).ShouldBe(1);
    }

    /// <summary>What /readyz answers from.</summary>
    [Fact]
    public async Task State_WhileTheLedgerOrTheSourceIsAway_TellsTheTrouble()
    {
        using var folder = new TemporaryFolder();
        await using var inner = Actors.Ledgers.Ledgers.Open("sqlite:" + folder.Combine("ledger.db"), TimeProvider.System);
        await inner.InitializeAsync(CancellationToken.None);
        var ledger = Troubled.Around(inner, out var trouble);
        await using var jobs = new MemoryJobStore(TimeProvider.System);
        var services = new NodeServices(["index"], ledger, jobs, new TestWorkshop(folder.Combine("vectors.db")), new ClusterOptions(), NullLoggerFactory.Instance, TimeProvider.System) { Pools = CreateTestProbe() };
        var node = Sys.ActorOf(NodeActor.Props(services, CreateTestProbe()));
        node.Tell(new JobBoard(1, [], null) { Epoch = 1 });

        async Task<(bool Ready, string? Trouble)> StateAsync()
        {
            var state = await node.Ask<NodeActor.NodeState>(new NodeActor.AskState(), TimeSpan.FromSeconds(30));
            return (state.Ready, state.Trouble);
        }

        (await StateAsync()).ShouldBe((true, null));
        trouble.Words = "PostgreSQL at db does not answer";
        (await StateAsync()).ShouldBe((false, "PostgreSQL at db does not answer"));
        trouble.Words = null;
        services.Partitions.SetUnable(1, 1, "this node cannot read the documents");
        (await StateAsync()).ShouldBe((false, "this node cannot read the documents"));
        services.Partitions.SetUnable(1, 1, null);
        (await StateAsync()).ShouldBe((true, null));
    }

    /// <summary>A ledger that says what it is told to say of its server.</summary>
    public class Troubled : DispatchProxy
    {
        private ILedger? _inner;

        public string? Words { get; set; }

        public static ILedger Around(ILedger inner, out Troubled troubled)
        {
            var proxy = Create<ILedger, Troubled>();
            troubled = (Troubled)(object)proxy;
            troubled._inner = inner;
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            ArgumentNullException.ThrowIfNull(targetMethod);
            return targetMethod.Name == "get_" + nameof(ILedger.Trouble) ? Words : targetMethod.Invoke(_inner, BindingFlags.DoNotWrapExceptions, null, args, null);
        }
    }
}
