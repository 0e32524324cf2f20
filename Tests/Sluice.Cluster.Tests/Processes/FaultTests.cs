using System.Globalization;
using Sluice.ClusterRuns;
using Sluice.Streams.Ledger;
using Sluice.TestKit.Files;

namespace Sluice.Cluster.Tests.Processes;

/// <summary>The short form of <c>Tests/Cluster/run faults</c>: nodes in processes of their own, a real PostgreSQL, one fault of most kinds.</summary>
[Collection(nameof(ProcessCollection))]
public sealed class FaultTests : IDisposable
{
    private const int Documents = 250;
    private const int Paragraphs = 10;
    private static readonly string[] s_kinds =
    [
        "kill an embedder", "kill an indexer", "divide 4 s, heal", "kill the oldest parser (shard coordinator)", "restart PostgreSQL", "kill the coordinator (singleton)", "ledger refuses 5 s", "kill all seed nodes", "kill all nodes",
    ];

    private static readonly string[] s_surroundings = ["mount gone on a parser 20 s", "failover that takes commits back", "password changed 20 s", "root gone 20 s"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Job_UnderFaultsOfMostKinds_StoresEveryChunkOnce()
    {
        var corpus = Corpus.Write(_folder.Path, Documents, Paragraphs);
        await using var lab = await Lab.CreateAsync(new LabOptions(_folder.Combine("lab")) { WithNetwork = FaultsCommand.CanDivide(), LatencyMs = 400 });
        await FaultsCommand.StartNodesAsync(lab);
        var job = await lab.SubmitAsync([corpus], "sluice.pipeline { partitions = 6, batch-rows = 12, acknowledge-timeout = 60s }");
        var told = new List<string>();
        var run = new FaultRun(lab, job, new Random(1), told.Add);
        foreach (var kind in s_kinds.Where(kind => lab.Network is not null || !kind.StartsWith("divide", StringComparison.Ordinal)))
        {
            await run.DoAsync(kind, TimeSpan.FromMilliseconds(500));
        }

        var record = await run.EndAsync(TimeSpan.FromMinutes(4));
        record.State.ShouldBe(JobState.Done, $"{record.Reason} {record.Progress}\n{string.Join('\n', told)}\n{lab.Tail()}");
        var stored = await lab.StoredAsync();
        var (orphans, lost, dead) = await FaultsCommand.VerifyAsync(lab);
        (orphans, lost, dead).ShouldBe((0, 0, 0));
        stored.GroupBy(static chunk => chunk.Document).Count().ShouldBe(Documents);
        stored.Count.ShouldBe(await ExpectedAsync(corpus), string.Create(CultureInfo.InvariantCulture, $"after {string.Join(", ", told)}"));
    }

    /// <summary>What is around the cluster fails: mounts, the root, passwords, tables; a failover takes commits back.</summary>
    [Fact]
    public async Task Job_UnderFaultsOfItsSurroundings_StoresEveryChunkOnce()
    {
        var corpus = Corpus.Write(_folder.Path, Documents, Paragraphs);
        await using var lab = await Lab.CreateAsync(new LabOptions(_folder.Combine("lab")) { WithNetwork = FaultsCommand.CanDivide(), WithPassword = true, LatencyMs = 400 });
        await FaultsCommand.StartNodesAsync(lab);
        var job = await lab.SubmitAsync([corpus], "sluice.pipeline { partitions = 6, batch-rows = 12, acknowledge-timeout = 60s }");
        var told = new List<string>();
        var run = new FaultRun(lab, job, new Random(1), told.Add) { Corpus = corpus };
        foreach (var kind in s_surroundings.Where(kind => lab.Network is not null || !kind.StartsWith("mount", StringComparison.Ordinal)))
        {
            await run.DoAsync(kind, TimeSpan.FromMilliseconds(500));
        }

        lab.Hurry();
        var record = await run.EndAsync(TimeSpan.FromMinutes(4));
        record.State.ShouldBe(JobState.Done, $"{record.Reason} {record.Progress}\n{string.Join('\n', told)}\n{lab.Tail()}");
        var (orphans, lost, dead) = await FaultsCommand.VerifyAsync(lab);
        (orphans, lost, dead).ShouldBe((0, 0, 0), string.Join('\n', told));
        (await lab.StoredAsync()).Count.ShouldBe(await ExpectedAsync(corpus), string.Join('\n', told));
    }

    /// <summary>The chunks of the same corpus on one node without faults.</summary>
    private async Task<int> ExpectedAsync(string corpus)
    {
        await using var lab = await Lab.CreateAsync(new LabOptions(_folder.Combine("calm")) { LatencyMs = 0 });
        await lab.AddAsync("coordinate", "parse", "embed", "index");
        var job = await lab.SubmitAsync([corpus], "");
        (await new FaultRun(lab, job, new Random(0), static _ => { }).EndAsync(TimeSpan.FromMinutes(2))).State.ShouldBe(JobState.Done);
        return (await lab.StoredAsync()).Count;
    }
}
