using System.Globalization;
using System.Text.Json;
using Sluice.Streams.Ledger;

namespace Sluice.ClusterRuns;

/// <summary><c>rolling</c>: every node is asked to leave and started again, one after the other, during a run.</summary>
internal static class RollingCommand
{
    public static async Task<int> RunAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        var corpus = Corpus.Write(folder, 1500, 12);
        await using var lab = await Lab.CreateAsync(new LabOptions(folder) { LatencyMs = 250 });
        await FaultsCommand.StartNodesAsync(lab);
        var job = await lab.SubmitAsync([corpus], "sluice.pipeline { partitions = 8 }");
        var run = new FaultRun(lab, job, new Random(0), Console.WriteLine);
        foreach (var node in lab.Nodes)
        {
            await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);
            var watch = System.Diagnostics.Stopwatch.StartNew();
            node.Signal("TERM");
            await node.EndedAsync(TimeSpan.FromSeconds(90));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{string.Join(',', node.Roles),-18} left after {watch.Elapsed.TotalSeconds:0.0} s with code {node.ExitCode}"));
            node.Start();
            await node.ReadyAsync(TimeSpan.FromSeconds(60));
        }

        if ((await lab.FindAsync(job)).HasEnded)
        {
            Console.WriteLine("the job ended before the last restart: take a larger corpus");
            return 1;
        }

        var record = await run.EndAsync(TimeSpan.FromMinutes(10));
        var stored = await lab.StoredAsync();
        using var json = JsonDocument.Parse(record.Progress!);
        var embedded = json.RootElement.GetProperty("counts").GetProperty("chunks.embedded").GetInt64();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{record.State}: {stored.Count:N0} chunks stored, {embedded:N0} embedded: {embedded - stored.Count:N0} repeated ({(double)(embedded - stored.Count) / stored.Count:P1}); {json.RootElement.GetProperty("documents").GetRawText()}"));
        return record.State == JobState.Done && await FaultsCommand.CompareAsync(lab, stored, record) ? 0 : 1;
    }
}
