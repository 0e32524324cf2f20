using System.Text.Json;
using Sluice.Actors.Core;
using Sluice.Cluster.Jobs;
using Sluice.Streams.Ledger;

namespace Sluice.Cluster.Tests;

/// <summary>Jobs over nodes in different roles, in one process.</summary>
public sealed class ClusterJobTests
{
    [Fact]
    public async Task Job_OneNodeWithAllRoles_IndexesTheCorpus()
    {
        await using var cluster = new InProcessCluster();
        cluster.WriteCorpus(40);
        await cluster.StartAsync("coordinate", "parse", "embed", "index");
        var record = await cluster.EndAsync(await cluster.SubmitAsync());
        record.State.ShouldBe(JobState.Done, record.Reason);
        var stored = (await cluster.StoredAsync()).Count;
        stored.ShouldBeGreaterThanOrEqualTo(200);
        using var progress = JsonDocument.Parse(record.Progress!);
        progress.RootElement.GetProperty("counts").GetProperty("chunks.stored").GetInt64().ShouldBe(stored, "what was done in the last second is counted too");
    }

    [Fact]
    public async Task Job_EveryRoleOnANodeOfItsOwn_IndexesTheSame()
    {
        await using var alone = new InProcessCluster();
        alone.WriteCorpus(60);
        await alone.StartAsync("coordinate", "parse", "embed", "index");
        await alone.EndAsync(await alone.SubmitAsync());
        await using var cluster = new InProcessCluster();
        cluster.WriteCorpus(60);
        await cluster.StartAsync("coordinate");
        await cluster.StartAsync("parse");
        await cluster.StartAsync("parse");
        await cluster.StartAsync("embed");
        await cluster.StartAsync("index");
        var record = await cluster.EndAsync(await cluster.SubmitAsync());
        record.State.ShouldBe(JobState.Done, record.Reason);
        (await cluster.StoredAsync()).Count.ShouldBe((await alone.StoredAsync()).Count);
        JobProgress.Read(record.Progress).Source.ShouldBe(0);
    }
}
