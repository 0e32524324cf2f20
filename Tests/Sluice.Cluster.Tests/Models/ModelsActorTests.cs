using Akka.Actor;
using Akka.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Cluster.Joining;
using Sluice.Cluster.Models;
using Sluice.Cluster.Nodes;
using Sluice.TestKit.Files;
using Sluice.TestKit.Ledgers;

namespace Sluice.Cluster.Tests.Models;

/// <summary>A search for a model that breaks while others wait for it.</summary>
public sealed class ModelsActorTests() : Akka.TestKit.Xunit2.TestKit(s_engine)
{
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(60);
    private static readonly Config s_engine =
        ConfigurationFactory.ParseString("akka.loglevel = WARNING").WithFallback(ClusterConfiguration.Build(new ClusterOptions { Name = "test", Port = 0 }, ["embed"]));

    [Fact]
    public async Task Search_ThatBreaks_TellsWhoAsked()
    {
        using var folder = new TemporaryFolder();
        await using var ledger = Actors.Ledgers.Ledgers.Open("sqlite:" + folder.Combine("ledger.db"), TimeProvider.System);
        await using var jobs = new MemoryJobStore(TimeProvider.System);
        var cluster = Akka.Cluster.Cluster.Get(Sys);
        await cluster.JoinAsync(cluster.SelfAddress);
        var other = ActorSystem.Create(Sys.Name, s_engine);
        try
        {
            await Akka.Cluster.Cluster.Get(other).JoinAsync(cluster.SelfAddress);
            await AwaitConditionAsync(() => Task.FromResult(cluster.State.Members.Count(static member => member.Status == Akka.Cluster.MemberStatus.Up) == 2), s_soon);
            var services = new NodeServices(["embed"], ledger, jobs, new TestWorkshop(folder.Combine("vectors.db")), new ClusterOptions(), NullLoggerFactory.Instance, TimeProvider.System);
            Sys.ActorOf(Props.Create(() => new Forgiving(ModelsActor.Props(services)))).Tell("child", TestActor);
            var models = ExpectMsg<IActorRef>(s_soon);
            models.Tell(new ModelsActor.GetModel("bge", "f00"), TestActor); // The other node never answers: nobody is there who could.
            models.Tell(Kill.Instance);
            ExpectMsg<ModelsActor.ModelMissing>(s_soon).Asked.ShouldContain("the search broke");
        }
        finally
        {
            await other.Terminate();
        }
    }

    /// <summary>Begins its child anew whatever happens.</summary>
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
