using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Sluice.Actors.Ledgers;
using Sluice.Actors.Sinks;
using Sluice.Streams.Ledger;
using Sluice.TestKit.Hostile;

namespace Sluice.ClusterRuns;

/// <summary><c>faults</c>: a run under faults, compared with the ledger and with a run without.</summary>
internal static class FaultsCommand
{
    /// <summary>A document that ends the process that parses it; the only one that may be dead at the end.</summary>
    private const string Lethal = "names-their-own-kids.pdf";

    public static async Task<int> RunAsync(string folder, IReadOnlyList<string> arguments)
    {
        var count = int.Parse(arguments[0], CultureInfo.InvariantCulture);
        var seed = arguments.Count > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 1;
        var corpus = arguments.Count > 2 ? Path.GetFullPath(arguments[2]) : Corpus.Default;
        var latency = arguments.Count > 3 ? int.Parse(arguments[3], CultureInfo.InvariantCulture) : 1_000;
        Directory.CreateDirectory(folder);
        corpus = Copy(corpus, Path.Combine(folder, "corpus")); // Faults take it away and bring it back.
        await File.WriteAllBytesAsync(Path.Combine(corpus, Lethal), LethalPdfs.All[Lethal].Bytes);
        await File.WriteAllTextAsync(Path.Combine(folder, LatencyModel.WorkersFile), "");
        await File.WriteAllTextAsync(Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "calm")).FullName, LatencyModel.WorkersFile), "");
        var settings = "sluice.pipeline { partitions = 12, batch-rows = 2, acknowledge-timeout = 60s }\n";
        var expected = await ExpectAsync(Path.Combine(folder, "calm"), corpus, settings);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"without faults: {expected.Count:N0} chunks"));

        await using var lab = await Lab.CreateAsync(new LabOptions(folder) { WithNetwork = CanDivide(), WithPassword = true, LatencyMs = latency });
        await StartNodesAsync(lab);
        var job = await lab.SubmitAsync([corpus], settings);
        var run = new FaultRun(lab, job, new Random(seed), Console.WriteLine) { Corpus = corpus };
        var watch = Stopwatch.StartNew();
        var underWay = true;
        foreach (var kind in FaultPlan.Create(count, lab.Network is not null, new Random(seed)).TakeWhile(_ => underWay))
        {
            await run.DoAsync(kind, TimeSpan.FromSeconds(1));
            underWay = !(await lab.FindAsync(job)).HasEnded;
        }

        if (!underWay)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"the job ended after {run.Records.Count} faults: take a larger corpus or a longer latency"));
        }

        lab.Hurry();
        var record = await run.EndAsync(TimeSpan.FromMinutes(30));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{run.Records.Count} faults; the job is {record.State.ToString().ToLowerInvariant()} after {watch.Elapsed.TotalMinutes:0.0} min{(record.Reason is null ? "" : $": {record.Reason}")}"));
        Print(run.Records);
        return await CompareAsync(lab, expected, record, dead: 1) && record.State == JobState.Done && run.Records.Count >= count ? 0 : 1;
    }

    private static string Copy(string from, string to)
    {
        if (!Directory.Exists(to))
        {
            foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
            {
                var copy = Path.Combine(to, Path.GetRelativePath(from, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy);
            }
        }

        return to;
    }

    /// <summary>Seven nodes: a coordinator, two parsers, two embedders, two indexers.</summary>
    public static async Task StartNodesAsync(Lab lab)
    {
        await lab.AddAsync("coordinate");
        await lab.AddAsync("coordinate", "parse");
        await lab.AddAllAsync([["parse"], ["embed"], ["embed"], ["index"], ["index"]]);
    }

    public static bool CanDivide() => OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && (File.Exists("/usr/sbin/ip") || File.Exists("/sbin/ip") || File.Exists("/usr/bin/ip"));

    /// <summary>The chunks of a run without faults.</summary>
    private static async Task<HashSet<Streams.Vectors.StoredChunkId>> ExpectAsync(string folder, string corpus, string settings)
    {
        await using var lab = await Lab.CreateAsync(new LabOptions(folder) { LatencyMs = 0 });
        await lab.AddAsync("coordinate", "parse", "embed", "index");
        var job = await lab.SubmitAsync([corpus], settings);
        var run = new FaultRun(lab, job, new Random(0), Console.WriteLine);
        var record = await run.EndAsync(TimeSpan.FromMinutes(15));
        return record.State == JobState.Done ? await lab.StoredAsync() : throw new InvalidOperationException($"the run without faults is {record.State}: {record.Reason}");
    }

    /// <summary>Compares the database with the run without faults and with the ledger; looks for dead letters.</summary>
    public static async Task<bool> CompareAsync(Lab lab, HashSet<Streams.Vectors.StoredChunkId> expected, JobRecord record, int dead = 0)
    {
        var stored = await lab.StoredAsync();
        var (missing, extra) = (expected.Except(stored).Count(), stored.Except(expected).Count());
        var (orphans, lost, letters) = await VerifyAsync(lab);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"database {stored.Count:N0} chunks, expected {expected.Count:N0}: missing {missing}, extra {extra}; against the ledger: {orphans} orphans, {lost} lost; dead letters {letters} of {dead}"));

        if (record.Progress is { } progress)
        {
            using var json = JsonDocument.Parse(progress);
            var embedded = json.RootElement.GetProperty("counts").TryGetProperty("chunks.embedded", out var count) ? count.GetInt64() : 0;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"chunks embedded as far as nodes could tell: {embedded:N0}; documents {json.RootElement.GetProperty("documents").GetRawText()}"));
        }

        return missing == 0 && extra == 0 && orphans == 0 && lost == 0 && letters == dead;
    }

    /// <summary>Compares the database with the ledger.</summary>
    public static async Task<(long Orphans, long Lost, int Dead)> VerifyAsync(Lab lab)
    {
        await using var ledger = Ledgers.Open(lab.LedgerUri, TimeProvider.System);
        await ledger.InitializeAsync(CancellationToken.None);
        await using var sink = VectorSinks.Open(lab.NodeSinkUri, new SinkOptions(), TimeProvider.System); // The ledger keeps it under the address that the nodes use.
        var verified = await new CollectionVerifier(sink, ledger).VerifyAsync(repair: false, CancellationToken.None);
        var letters = await ledger.ListDeadLettersAsync(sink.Name, 0, 10, CancellationToken.None);
        foreach (var letter in letters)
        {
            Console.WriteLine($"  dead: {letter.Uri}: {letter.Reason}: {letter.Message}");
        }

        return (verified.OrphanChunks, verified.LostChunks, letters.Count);
    }

    private static void Print(IReadOnlyList<FaultRecord> records)
    {
        Console.WriteLine("| fault | times | back after, median | longest pause in storing, median | worst |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var kind in records.GroupBy(static record => record.Kind).OrderBy(static kind => kind.Key, StringComparer.Ordinal))
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {kind.Key} | {kind.Count()} | {Median(kind.Select(static record => record.Elapsed)):0.0} s | {Median(kind.Select(static record => record.Stall)):0.0} s | {kind.Max(static record => record.Stall).TotalSeconds:0.0} s |"));
        }
    }

    private static double Median(IEnumerable<TimeSpan> times)
    {
        var sorted = times.Select(static time => time.TotalSeconds).Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
