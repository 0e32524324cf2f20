using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Sluice.TestKit.Models;

namespace Sluice.Benchmarks;

/// <summary>
/// What it costs that documents are parsed in worker processes: the real program over the same folder, with workers and without, in turn and in changing order, with a model that costs
/// next to nothing and with the default one. Documents and chunks in a second, processor time and memory of the program with its workers, and a run over one file, which is all
/// start-up. Linux alone.
/// </summary>
internal static class WorkerCost
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(20);

    /// <summary>Looks at the memory for one: telling it is work for the kernel, and holds the process up.</summary>
    private const int LooksForMemory = 25;

    /// <summary>Runs over one file, for each round.</summary>
    private const int Starts = 5;

    private sealed record Cost(double Seconds, double Processor, double OfWorkers, double PeakMiB, double WorkersMiB, long Documents, long Chunks);

    public static async Task RunAsync(string program, int rounds, params string[] folders)
    {
        var place = Directory.CreateTempSubdirectory("sluice-worker-cost-");
        try
        {
            var tiny = place.CreateSubdirectory("tiny").FullName;
            TinyModelFolder.Write(tiny, await TestModel.EnsureAsync());
            var page = place.CreateSubdirectory("one").FullName;
            await File.WriteAllTextAsync(Path.Combine(page, "page.html"), "<html><body><h1>A page</h1><p>It has one paragraph.</p></body></html>");
            Console.WriteLine("folder           model    where       seconds  processor s (workers)  peak MiB (workers)  documents  chunks   documents/s  chunks/s");
            foreach (var (model, name) in new[] { (tiny, "tiny"), (null, "default") })
            {
                foreach (var folder in folders)
                {
                    await CompareAsync(program, folder, model, name, rounds);
                }

                await CompareAsync(program, page, model, name, rounds * Starts);
            }
        }
        finally
        {
            place.Delete(recursive: true);
        }
    }

    private static async Task CompareAsync(string program, string folder, string? model, string name, int rounds)
    {
        List<Cost> apart = [], within = [];
        for (var round = 0; round < rounds; round++)
        {
            foreach (var isApart in round % 2 == 0 ? new[] { false, true } : [true, false])
            {
                var cost = await MeasureAsync(program, folder, model, isApart);
                (isApart ? apart : within).Add(cost);
                Report(folder, name, isApart ? "workers" : "in process", cost);
            }
        }

        if (apart[0].Chunks != within[0].Chunks)
        {
            throw new InvalidOperationException($"{folder}: {within[0].Chunks} chunks in the process, {apart[0].Chunks} with workers");
        }

        var (seconds, processor) = (Ratio(apart, within, static cost => cost.Seconds), Ratio(apart, within, static cost => cost.Processor));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Path.GetFileName(folder),-16} {name,-8} medians, workers against the process: throughput {1 / seconds:P1}, processor time {processor:P1}, seconds {Median(within, static cost => cost.Seconds):F2} -> {Median(apart, static cost => cost.Seconds):F2}"));
    }

    private static async Task<Cost> MeasureAsync(string program, string folder, string? model, bool isApart)
    {
        var place = Directory.CreateTempSubdirectory("sluice-worker-cost-");
        try
        {
            var start = new ProcessStartInfo(Path.GetFullPath(program), ["ingest", Path.GetFullPath(folder), "--json", "--yes", "--set", $"parsing.workers.in-process={(isApart ? "false" : "true")}", "--to", $"sqlite:{place.FullName}/sluice.db", .. model is null ? [] : (string[])["--model", model]])
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
            for (var look = 0; await Task.WhenAny(ended, Task.Delay(s_look, TimeProvider.System)) != ended; look++)
            {
                var (all, children) = Look(process.Id, used, look % LooksForMemory == LooksForMemory - 1);
                (peak, workers) = (Math.Max(peak, all), Math.Max(workers, children));
            }

            var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            var said = await errors;
            if (process.ExitCode is not (0 or 2))
            {
                throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {said}");
            }

            var result = JsonDocument.Parse((await output).Trim().Split('\n')[^1]).RootElement;
            var own = used.GetValueOrDefault(process.Id);
            return new(seconds, used.Values.Sum(), used.Values.Sum() - own, peak, workers, result.GetProperty("indexed").GetInt64(), result.GetProperty("chunks").GetProperty("embedded").GetInt64());
        }
        finally
        {
            place.Delete(recursive: true);
        }
    }

    /// <summary>Notes the processor time of a process and of each of its workers, and tells their proportional memory, in MiB.</summary>
    private static (double All, double Children) Look(int process, Dictionary<int, double> used, bool withMemory)
    {
        try
        {
            Note(process, used);
            var own = withMemory ? Memory(process) : 0;
            double children = 0;
            foreach (var thread in Directory.EnumerateDirectories($"/proc/{process}/task"))
            {
                foreach (var child in File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                {
                    var number = int.Parse(child, CultureInfo.InvariantCulture);
                    Note(number, used);
                    children += withMemory ? Memory(number) : 0;
                }
            }

            return (own + children, children);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return default; // It has ended.
        }
    }

    private static void Note(int process, Dictionary<int, double> used)
    {
        var stat = File.ReadAllText($"/proc/{process}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        used[process] = (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / 100.0;
    }

    private static double Memory(int process)
    {
        var line = File.ReadLines($"/proc/{process}/smaps_rollup").FirstOrDefault(static line => line.StartsWith("Pss:", StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    private static void Report(string folder, string model, string where, Cost cost) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{Path.GetFileName(folder),-16} {model,-8} {where,-11} {cost.Seconds,7:F2} {cost.Processor,12:F2} ({cost.OfWorkers,6:F2}) {cost.PeakMiB,12:F0} ({cost.WorkersMiB,5:F0}) {cost.Documents,10:N0} {cost.Chunks,8:N0} {cost.Documents / cost.Seconds,12:F1} {cost.Chunks / cost.Seconds,9:F1}"));

    private static double Ratio(List<Cost> apart, List<Cost> within, Func<Cost, double> of) => Median(apart, of) / Median(within, of);

    private static double Median(List<Cost> costs, Func<Cost, double> of)
    {
        var sorted = costs.Select(of).Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[(sorted.Count / 2) - 1] + sorted[sorted.Count / 2]) / 2;
    }
}
