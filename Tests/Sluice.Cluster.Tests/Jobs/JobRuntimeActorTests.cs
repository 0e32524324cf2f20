using Akka.Actor;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Cluster.Jobs;
using Sluice.Cluster.Nodes;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Files;
using Sluice.TestKit.Ledgers;
using Sluice.TestKit.Sinks;

namespace Sluice.Cluster.Tests.Jobs;

public sealed class JobRuntimeActorTests() : Akka.TestKit.Xunit2.TestKit("akka.actor.provider = cluster\nakka.remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }")
{
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(20);

    /// <summary>Batches that a pool had when it ended are answered by nobody: without this the job's stream would wait for them for ever.</summary>
    [Fact]
    public async Task Pool_ThatEnds_EndsTheWork()
    {
        using var folder = new TemporaryFolder();
        await using var ledger = Actors.Ledgers.Ledgers.Open("sqlite:" + folder.Combine("ledger.db"), TimeProvider.System);
        await ledger.InitializeAsync(CancellationToken.None);
        var (pools, pool) = (CreateTestProbe(), CreateTestProbe());
        await using var jobs = new MemoryJobStore(TimeProvider.System);
        var workshop = new TestWorkshop(folder.Combine("vectors.db"));
        var services = new NodeServices(["embed"], ledger, jobs, workshop, new ClusterOptions(), NullLoggerFactory.Instance, TimeProvider.System) { Pools = pools };
        var walk = new Walk(1, new WalkSpec(SourceScope.Parse("file:///corpus/"), "sqlite:x", "configuration 1"), null);
        var parent = CreateTestProbe();
        parent.ChildActorOf(JobRuntimeActor.Props(services, new JobTicket(1, "test", [folder.Path], "", 10) { Walk = walk, Partitions = 2 }));
        pools.ExpectMsg<EmbedderPoolsActor.UsePool>(s_soon);
        pools.Reply(new EmbedderPoolsActor.PoolReady(pool));
        parent.ExpectMsg<JobRuntimeActor.JobWorks>(s_soon);
        Sys.Stop(pool);
        parent.ExpectMsg<JobRuntimeActor.JobBroken>(s_soon).Reason.ShouldContain("sessions have stopped");
    }

    [Fact]
    public async Task Report_OfANodeWhoseDatabaseCutSomething_SaysWhat()
    {
        using var folder = new TemporaryFolder();
        await using var ledger = Actors.Ledgers.Ledgers.Open("sqlite:" + folder.Combine("ledger.db"), TimeProvider.System);
        await ledger.InitializeAsync(CancellationToken.None);
        await using var jobs = new MemoryJobStore(TimeProvider.System);
        var workshop = new TestWorkshop(folder.Combine("vectors.db"))
        {
            WrapSink = static sink => new ScriptedSink(records => sink.UpsertAsync(records, CancellationToken.None), sink.Capabilities, sink)
            {
                Truncations = [new Truncation("metadata beyond 40 KB a record", 3, new ChunkId(Guid.Empty), "file:///a.md")],
            },
        };
        var services = new NodeServices(["index"], ledger, jobs, workshop, new ClusterOptions(), NullLoggerFactory.Instance, TimeProvider.System) { Pools = CreateTestProbe() };
        var walk = new Walk(1, new WalkSpec(SourceScope.Parse("file:///corpus/"), "sqlite:x", "configuration 1"), null);
        var parent = CreateTestProbe();
        var work = parent.ChildActorOf(JobRuntimeActor.Props(services, new JobTicket(1, "test", [folder.Path], "", 10) { Walk = walk, Partitions = 2 }));
        parent.ExpectMsg<JobRuntimeActor.JobWorks>(s_soon);
        work.Tell(new JobRuntimeActor.AskReport(), parent);
        parent.ExpectMsg<JobReport>(s_soon).Notices.ShouldHaveSingleItem().ShouldContain("of 3 chunks, and it was cut: metadata beyond 40 KB a record");
    }
}
