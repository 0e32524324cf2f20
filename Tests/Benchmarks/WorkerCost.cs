using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Sluice.Benchmarks;

/// <summary>
/// What it costs that documents are parsed in worker processes: the real program over the same folder, with workers and without, in turn. Time of the run, processor time and
/// memory of the program with its workers. Linux alone.
/// </summary>
internal static class WorkerCost
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);

    private sealed record Cost(double Seconds, double Processor, double PeakMiB, double WorkersMiB, long Chunks);

    public static async Task RunAsync(string program, int rounds, params string[] folders)
    {
        Console.WriteLine("folder                 where        seconds   processor s   peak MiB (of it workers)   chunks");
        foreach (var folder in folders)
        {
            List<Cost> apart = [], within = [];
            for (var round = 0; round < rounds; round++)
            {
                within.Add(await MeasureAsync(program, folder, "true"));
                apart.Add(await MeasureAsync(program, folder, "false"));
                Report(folder, "in process", within[^1]);
                Report(folder, "workers", apart[^1]);
            }

            var ratio = Median(apart, static cost => cost.Processor) / Median(within, static cost => cost.Processor);
            var time = Median(apart, static cost => cost.Seconds) / Median(within, static cost => cost.Seconds);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(folder),-22} medians: time {time:P1}, processor time {ratio:P1} of that in the process"));
        }
    }

    private static async Task<Cost> MeasureAsync(string program, string folder, string inProcess)
    {
        var place = Directory.CreateTempSubdirectory("sluice-worker-cost-");
        try
        {
            var start = new ProcessStartInfo(program, ["ingest", folder, "--json", "--yes", "--set", $"parsing.workers.in-process={inProcess}", "--to", $"sqlite:{place.FullName}/sluice.db"])
            {
                UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = place.FullName,
            };
            var began = Stopwatch.GetTimestamp();
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            var ended = process.WaitForExitAsync();
            var used = new Dictionary<int, double>();
            var (peak, workers) = (0.0, 0.0);
            while (await Task.WhenAny(ended, Task.Delay(s_look, TimeProvider.System)) != ended)
            {
                var (all, children) = Look(process.Id, used);
                (peak, workers) = (Math.Max(peak, all), Math.Max(workers, children));
            }

            var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            await errors;
            var chunks = JsonDocument.Parse((await output).Trim().Split('\n')[^1]).RootElement.GetProperty("chunks").GetProperty("embedded").GetInt64();
            return new(seconds, used.Values.Sum(), peak, workers, chunks);
        }
        finally
        {
            place.Delete(recursive: true);
        }
    }

    /// <summary>Proportional memory of a process and of its workers, in MiB; notes the processor time of each.</summary>
    private static (double All, double Children) Look(int process, Dictionary<int, double> used)
    {
        try
        {
            var own = Memory(process, used);
            double children = 0;
            foreach (var thread in Directory.EnumerateDirectories($"/proc/{process}/task"))
            {
                foreach (var child in File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                {
                    children += Memory(int.Parse(child, CultureInfo.InvariantCulture), used);
                }
            }

            return (own + children, children);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return default; // It has ended.
        }
    }

    private static double Memory(int process, Dictionary<int, double> used)
    {
        var stat = File.ReadAllText($"/proc/{process}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        used[process] = (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / 100.0;
        var line = File.ReadLines($"/proc/{process}/smaps_rollup").First(static line => line.StartsWith("Pss:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    private static void Report(string folder, string where, Cost cost) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"{Path.GetFileName(folder),-22} {where,-11} {cost.Seconds,8:F2} {cost.Processor,12:F2} {cost.PeakMiB,10:F0} ({cost.WorkersMiB,4:F0}) {cost.Chunks,18:N0}"));

    private static double Median(List<Cost> costs, Func<Cost, double> of)
    {
        var sorted = costs.Select(of).Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
