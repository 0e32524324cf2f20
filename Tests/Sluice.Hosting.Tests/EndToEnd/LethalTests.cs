using System.Diagnostics;
using System.Globalization;
using Sluice.Streams.Failures;
using Sluice.TestKit.Hostile;

namespace Sluice.Hosting.Tests.EndToEnd;

/// <summary>Documents that end, hang or bloat whoever parses them, through the real program; and what is left of its workers when it ends.</summary>
public sealed class LethalTests
{
    [Fact]
    public async Task Ingest_LethalDocumentsAmongTwoHundredGoodOnes_IndexesAllGoodOnes()
    {
        using var place = await Workplace.CreateAsync();
        for (var number = 0; number < 200; number++)
        {
            place.Write(string.Create(CultureInfo.InvariantCulture, $"{number % 7}/{number}.html"), string.Create(CultureInfo.InvariantCulture, $"<h1>Weir {number}</h1><p>Weir number {number} holds the water back.</p>"));
        }

        foreach (var (name, document) in LethalPdfs.All)
        {
            await File.WriteAllBytesAsync(Path.Combine(place.Docs, "3", name), document.Bytes);
        }

        // Long enough for a slow machine to fill the memory before its time is up.
        var run = (await place.IngestAsync("--set", "parsing.section-timeout=30s", "--set", "parsing.workers.max-memory-bytes=512MiB")).ShouldEnd(3);

        run["indexed"].ShouldBe(200);
        run["pending"].ShouldBe(0);
        run.Counts("deadByReason").ShouldBe(new Dictionary<string, long> { [Reasons.Crashed] = 4, [Reasons.Bomb] = 2, [Reasons.TimedOut] = 1 }, ignoreOrder: true);
        await place.VerifyAsync();
    }

    [Theory]
    [InlineData("KILL")]
    [InlineData("INT")]
    public async Task Ingest_EndedWhileAParserHangs_LeavesNoWorker(string signal)
    {
        using var place = await Workplace.CreateAsync();
        await File.WriteAllBytesAsync(Path.Combine(place.Docs, "hang.pdf"), LethalPdfs.All["predictor-of-minus-one-column.pdf"].Bytes);
        using var run = place.Start("ingest", "docs", "--json");
        var worker = await WorkerOfAsync(run.Id);

        await run.SignalAsync(signal);

        await Workplace.EndOfAsync(run);
        using var patience = new CancellationTokenSource(Workplace.Patience);
        await worker.WaitForExitAsync(patience.Token);
    }

    /// <summary>The worker that the program, or what launched it, has started.</summary>
    private static async Task<Process> WorkerOfAsync(int parent)
    {
        using var patience = new CancellationTokenSource(Workplace.Patience);
        while (true)
        {
            foreach (var process in Process.GetProcesses())
            {
                if (IsWorker(process.Id, parent))
                {
                    return process;
                }

                process.Dispose();
            }

            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static bool IsWorker(int process, int parent)
    {
        try
        {
            var words = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/cmdline")).Split('\0');
            return words.Contains("parse-worker") && words.Contains(parent.ToString(CultureInfo.InvariantCulture)) && !words.Contains("--net");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false; // It has ended meanwhile.
        }
    }
}
