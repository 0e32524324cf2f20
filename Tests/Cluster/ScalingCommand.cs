using System.Diagnostics;
using System.Globalization;
using Sluice.Streams.Ledger;

namespace Sluice.ClusterRuns;

/// <summary><c>scaling</c>: embedders of 100 ms a batch and no arithmetic; up to sixteen sessions in a process.</summary>
internal static class ScalingCommand
{
    private const int LatencyMs = 100;
    private const int SessionsPerProcess = 16;
    private static readonly TimeSpan s_measured = TimeSpan.FromSeconds(20);

    public static async Task<int> RunAsync(string folder, IReadOnlyList<string> arguments)
    {
        var texts = arguments.Count > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 8;
        var numbers = arguments.Count > 1 ? arguments.Skip(1).Select(static text => int.Parse(text, CultureInfo.InvariantCulture)).ToList() : [1, 4, 16, 64];
        Directory.CreateDirectory(folder);
        var corpus = Corpus.Write(folder, 6000, 16);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{texts} texts a batch"));
        Console.WriteLine("| embedders | processes | batches/s | of linear | chunks/s | model waits | CPU of parser, coordinator, embedders, indexer, PostgreSQL, everything else (cores) |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        double? one = null;
        foreach (var number in numbers)
        {
            var (batches, chunks, waiting, cpu) = await MeasureAsync(Path.Combine(folder, $"n{number}"), corpus, number, texts);
            one ??= batches / number;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {number} | {Processes(number)} | {batches:0.0} | {batches / (one.Value * number):P0} | {chunks:0} | {waiting:P0} | {cpu} |"));
        }

        return 0;
    }

    private static int Processes(int number) => (number + SessionsPerProcess - 1) / SessionsPerProcess;

    private static async Task<(double Batches, double Chunks, double Waiting, string Cpu)> MeasureAsync(string folder, string corpus, int number, int texts)
    {
        var processes = Processes(number);
        var options = new LabOptions(folder)
        {
            LatencyMs = LatencyMs,
            SinkQuery = "?index=none", // Keeping HNSW current, the database would be the limit from some 700 chunks a second on.
            NodeSettings = [string.Create(CultureInfo.InvariantCulture, $"embedding.sessions={number / processes}")],
        };
        await using var lab = await Lab.CreateAsync(options);
        await lab.AddAsync("coordinate");
        await lab.AddAsync("parse");
        for (var process = 0; process < processes; process++)
        {
            await lab.AddAsync("embed");
        }

        await lab.AddAsync("index");

        // Of 8 texts a batch 64 embedders ask for 5,120 texts a second, and the rest of the cluster shares two cores.
        var job = await lab.SubmitAsync(
            [corpus], string.Create(CultureInfo.InvariantCulture, $"sluice.pipeline {{ batch-rows = {texts}, batch-tokens = 8192, partitions = 8, parse-parallelism = 2, window-bytes = 16MiB }}"));
        var start = await CountsAsync(lab, job, atLeast: 20 * number);
        var cpu = CpuTimes(lab);
        var watch = Stopwatch.StartNew();
        await Task.Delay(s_measured, TimeProvider.System);
        var end = await CountsAsync(lab, job, atLeast: 0);
        var seconds = watch.Elapsed.TotalSeconds;
        var cores = CpuTimes(lab).Zip(cpu, (after, before) => (after - before).TotalSeconds / seconds).ToList();
        var batches = (end.Batches - start.Batches) / (end.At - start.At).TotalSeconds;
        var waiting = 1 - (batches * LatencyMs / 1000 / number);
        return (batches, (end.Chunks - start.Chunks) / (end.At - start.At).TotalSeconds, Math.Max(0, waiting), string.Create(
            CultureInfo.InvariantCulture,
            $"{cores[1]:0.00}, {cores[0]:0.00}, {cores.Skip(2).Take(processes).Sum():0.00}, {cores[2 + processes]:0.00}, {cores[^2]:0.00}, {cores[^1] - cores.SkipLast(1).Sum():0.00}"));
    }

    /// <summary>Processor times of the nodes in order, then of PostgreSQL, then of the whole machine.</summary>
    private static List<TimeSpan> CpuTimes(Lab lab)
    {
        var times = lab.Nodes.Select(static node => node.Cpu).ToList();
        times.Add(lab.Server.ProcessorTime());

        // The first line of /proc/stat: hundredths of a second of all processors; the fourth and fifth number are idle.
        var machine = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8).Select(static text => long.Parse(text, CultureInfo.InvariantCulture)).ToList();
        times.Add(TimeSpan.FromMilliseconds(10 * (machine.Sum() - machine[3] - machine[4])));
        return times;
    }

    private static async Task<(long Batches, long Chunks, DateTimeOffset At)> CountsAsync(Lab lab, long job, long atLeast)
    {
        var watch = Stopwatch.StartNew();
        DateTimeOffset? last = null;
        while (true)
        {
            var record = await lab.FindAsync(job);
            if (record is { Progress: { } progress, Reported: { } at })
            {
                using var json = System.Text.Json.JsonDocument.Parse(progress);
                var counts = json.RootElement.GetProperty("counts");
                var batches = counts.TryGetProperty("batches", out var value) ? value.GetInt64() : 0;
                last ??= at;
                if (batches >= atLeast && at != last)
                {
                    return (batches, counts.GetProperty("chunks.embedded").GetInt64(), at);
                }
            }

            if (record.HasEnded || watch.Elapsed > TimeSpan.FromMinutes(2))
            {
                throw new InvalidOperationException($"the job is {record.State} {record.Reason}: the corpus is too small or nothing moves: {record.Progress}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        }
    }
}
