using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Actors.Parsing;
using Sluice.Actors.Parsing.Workers;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Benchmarks;

/// <summary>
/// Parsing alone, in this process and in a worker, of whatever format: which formats are worth a worker, and what one costs. Documents are in memory, and there is one worker that lives
/// throughout. Linux alone.
/// </summary>
internal static class ParseCost
{
    private sealed record Cost(double Seconds, double Processor, long Sections);

    public static async Task RunAsync(string program, int rounds, params string[] folders)
    {
        var options = new ParsingOptions { Workers = new() { Documents = 1_000_000 } };
        var here = new DocumentParsers(options, TimeProvider.System);
        var pool = new WorkerPool(new WorkerCommand(Path.GetFullPath(program), []), options.Workers, 1, 64 << 20, TimeProvider.System, MachineMemory.Available);
        await using var disposal = pool;
        var apart = new IsolatedParser(here, new WorkerSetting(options, null, static (_, _) => { }), pool, NullLogger.Instance);
        Console.WriteLine("folder           documents     MB     in process: s  processor s     worker: s  processor s    processor time");
        foreach (var folder in folders)
        {
            var documents = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Take(2000).Select(static path => (Path.GetFileName(path), File.ReadAllBytes(path))).ToList();
            await MeasureAsync(here, documents, pool);
            await MeasureAsync(apart, documents, pool); // Neither pays for its compiling below.
            List<Cost> inside = [], outside = [];
            for (var round = 0; round < rounds; round++)
            {
                inside.Add(await MeasureAsync(here, documents, pool));
                outside.Add(await MeasureAsync(apart, documents, pool));
            }

            if (inside[0].Sections != outside[0].Sections)
            {
                throw new InvalidOperationException($"{folder}: {inside[0].Sections} sections in the process, {outside[0].Sections} of the worker");
            }

            var (one, other) = (inside.MinBy(static cost => cost.Processor)!, outside.MinBy(static cost => cost.Processor)!);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{Path.GetFileName(folder),-16} {documents.Count,9:N0} {documents.Sum(static document => (long)document.Item2.Length) / 1e6,6:F1} {one.Seconds,17:F2} {one.Processor,12:F2} {other.Seconds,13:F2} {other.Processor,12:F2} {other.Processor / one.Processor,16:P0}"));
        }
    }

    /// <summary>Suspects are parsed in a worker whatever they are: so all documents are.</summary>
    private static async Task<Cost> MeasureAsync(IDocumentParser parser, List<(string Name, byte[] Bytes)> documents, WorkerPool pool)
    {
        var (began, used) = (Stopwatch.GetTimestamp(), Processor(pool));
        long sections = 0;
        foreach (var (name, bytes) in documents)
        {
            await using var content = new DocumentContent($"file:///corpus/{Uri.EscapeDataString(name)}", new MemoryStream(bytes)) { Attempts = 1 };
            try
            {
                await foreach (var _ in parser.ParseAsync(content, CancellationToken.None))
                {
                    sections++;
                }
            }
            catch (DocumentRejectedException)
            {
                // The same both ways.
            }
        }

        return new(Stopwatch.GetElapsedTime(began).TotalSeconds, Processor(pool) - used, sections);
    }

    private static double Processor(WorkerPool pool)
    {
        var all = Environment.CpuUsage.TotalTime.TotalSeconds;
        foreach (var worker in pool.Workers)
        {
            using var process = Process.GetProcessById(worker.Id);
            all += process.TotalProcessorTime.TotalSeconds;
        }

        return all;
    }
}
