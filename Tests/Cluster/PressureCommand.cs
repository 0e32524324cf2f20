using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Sluice.Streams.Ledger;

namespace Sluice.ClusterRuns;

/// <summary><c>pressure</c>: the connection to the database is held to a hundredth of what it carried; every window stays at its bound, memory stays flat, no member turns unreachable.</summary>
internal static class PressureCommand
{
    public static async Task<int> RunAsync(string folder, string? text)
    {
        var seconds = text is null ? 600 : int.Parse(text, CultureInfo.InvariantCulture);
        Directory.CreateDirectory(folder);
        var corpus = Corpus.Write(folder, 20_000, 12);
        await using var lab = await Lab.CreateAsync(new LabOptions(folder) { LatencyMs = 5 });
        await FaultsCommand.StartNodesAsync(lab);
        var job = await lab.SubmitAsync([corpus], "sluice.pipeline { partitions = 8 }");
        await RateAsync(lab, job, TimeSpan.FromSeconds(10), static () => { });
        var passed = lab.SinkProxy.Passed;
        var free = Stopwatch.StartNew();
        var before = await RateAsync(lab, job, TimeSpan.FromSeconds(20), static () => { });
        lab.SinkProxy.BytesPerSecond = Math.Max(1, (long)((lab.SinkProxy.Passed - passed) / free.Elapsed.TotalSeconds / 100));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"free: {before:0} chunks/s; the database's connection is now held to {lab.SinkProxy.BytesPerSecond:N0} bytes/s"));
        var samples = new List<(double At, long[] Memory)>();
        var watch = Stopwatch.StartNew();
        var slow = await RateAsync(lab, job, TimeSpan.FromSeconds(seconds), () => samples.Add((watch.Elapsed.TotalSeconds, [.. lab.Nodes.Select(static node => node.Memory)])));
        lab.SinkProxy.BytesPerSecond = 0;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"slowed: {slow:0.0} chunks/s for {watch.Elapsed.TotalSeconds:0} s ({slow / before:P1})"));
        await PrintGaugesAsync(lab, job);
        var after = await RateAsync(lab, job, TimeSpan.FromSeconds(15), static () => { });
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"released: {after:0} chunks/s ({after / before:P0} of before)"));
        var flat = true;
        var early = samples[samples.Count / 5].Memory;
        for (var index = 0; index < lab.Nodes.Count; index++)
        {
            var peak = samples.Skip(samples.Count / 5).Max(sample => sample.Memory[index]);
            flat &= peak <= early[index] * 1.10;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{string.Join(',', lab.Nodes[index].Roles),-18} memory after a fifth of the time {early[index] >> 20} MiB, most since {peak >> 20} MiB ({(double)peak / early[index]:0.00})"));
        }

        var unreachable = Directory.GetFiles(folder, "node-*.log").Sum(static file => File.ReadLines(file).Count(static line => line.Contains("nreachable", StringComparison.Ordinal) || line.Contains("heartbeat", StringComparison.OrdinalIgnoreCase)));
        var ended = lab.Nodes.Count(static node => !node.Runs);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"log lines about unreachable members or late heartbeats: {unreachable}; nodes that ended: {ended}"));
        return flat && unreachable == 0 && ended == 0 ? 0 : 1;
    }

    private static async Task<double> RateAsync(Lab lab, long job, TimeSpan time, Action sample)
    {
        long first;
        while ((first = await lab.CountAsync() ?? 0) == 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        }

        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < time)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
            sample();
            if ((await lab.FindAsync(job)).HasEnded)
            {
                throw new InvalidOperationException("the job ended: take a larger corpus");
            }
        }

        return ((await lab.CountAsync() ?? first) - first) / watch.Elapsed.TotalSeconds;
    }

    private static async Task PrintGaugesAsync(Lab lab, long job)
    {
        var record = await lab.FindAsync(job);
        using var json = JsonDocument.Parse(record.Progress!);
        foreach (var node in json.RootElement.GetProperty("nodes").EnumerateArray())
        {
            var gauges = node.GetProperty("gauges").EnumerateArray().Select(static gauge => string.Create(
                CultureInfo.InvariantCulture,
                $"{gauge.GetProperty("name").GetString()} {gauge.GetProperty("fill").GetInt64():N0} of {gauge.GetProperty("bound").GetInt64():N0} {gauge.GetProperty("unit").GetString()}"));
            Console.WriteLine($"{node.GetProperty("address").GetString()}: {string.Join("; ", gauges)}");
        }
    }
}
