using System.Globalization;
using System.Text.Json;
using Sluice.Actors.Sinks;
using Sluice.Streams.Chunks;

namespace Sluice.Faults;

/// <summary>
/// Ingests a corpus into one database without interruption, and into another with <c>kill -9</c> at random moments, each followed by a restart. At the end both must
/// hold the same chunks.
/// </summary>
/// <param name="corpus">The corpus.</param>
/// <param name="folder">An empty folder to work in.</param>
/// <param name="log">Told of each kill.</param>
public sealed class KillRun(string corpus, string folder, Action<string> log)
{
    /// <summary>Environment variables of the runs, besides this process's own.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Runs it.</summary>
    /// <param name="kills">How many times to kill.</param>
    /// <param name="seed">Decides the moments.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What came out.</returns>
    public async Task<KillResult> RunAsync(int kills, int seed, CancellationToken cancellationToken)
    {
        var whole = Path.Combine(folder, "whole");
        Directory.CreateDirectory(whole);
        var started = TimeProvider.System.GetTimestamp();
        TimeSpan startUp;
        using (var run = SluiceProcess.Ingest(whole, Environment, corpus))
        {
            await run.Embedding.WaitAsync(cancellationToken);
            startUp = TimeProvider.System.GetElapsedTime(started);
            Check(run, await run.ExitedAsync(cancellationToken));
        }

        var duration = TimeProvider.System.GetElapsedTime(started);
        var expected = await IdsAsync(whole, cancellationToken);
        log(string.Create(CultureInfo.InvariantCulture, $"uninterrupted: {expected.Count:N0} chunks in {duration.TotalSeconds:0.0} s"));

        var broken = Path.Combine(folder, "broken");
        Directory.CreateDirectory(broken);
        var random = new Random(seed);
        long embedded = 0;
        var done = 0;
        var early = 0;

        // Lives end anywhere between the start of the process and a time chosen so that the corpus lasts for about all the kills, start-up, listing and the tail that
        // each kill costs included.
        var share = (0.9 * (duration - startUp).TotalSeconds / kills) + 1;
        var longest = startUp.TotalSeconds + share + Math.Sqrt((share * share) + (2 * share * startUp.TotalSeconds));
        long worst = 0;
        var before = 0;
        while (done < kills)
        {
            using var run = SluiceProcess.Ingest(broken, Environment, corpus);
            if (await run.ExitedWithinAsync(TimeSpan.FromSeconds(0.1 + (random.NextDouble() * longest))))
            {
                embedded += Check(run, await run.ExitedAsync(cancellationToken));
                early++;
                if (early > 3)
                {
                    log("the corpus was done before all kills; begin anew with a fresh database");
                    Directory.Delete(broken, recursive: true);
                    Directory.CreateDirectory(broken);
                    (embedded, early, before) = (0, 0, 0);
                }

                continue;
            }

            run.Kill();
            await run.ExitedAsync(cancellationToken);
            done++;
            embedded += run.Embedded;
            var stored = (await IdsAsync(broken, cancellationToken)).Count;
            worst = Math.Max(worst, run.Embedded - (stored - before));
            before = stored;
            log(string.Create(CultureInfo.InvariantCulture, $"kill {done}: {run.Embedded:N0} chunks embedded in this life, {stored:N0} in the database"));
        }

        using (var run = SluiceProcess.Ingest(broken, Environment, corpus))
        {
            embedded += Check(run, await run.ExitedAsync(cancellationToken));
        }

        var actual = await IdsAsync(broken, cancellationToken);
        return new KillResult(done, expected.Count, actual.Count, expected.Except(actual).Count(), actual.Except(expected).Count(), embedded, worst);
    }

    /// <summary>The ids of all chunks in a folder's database; none when there is no database yet.</summary>
    public static async Task<HashSet<ChunkId>> IdsAsync(string folder, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, "sluice.db");
        var ids = new HashSet<ChunkId>();
        if (!File.Exists(path))
        {
            return ids;
        }

        await using var sink = VectorSinks.Open($"sqlite:{path}", new SinkOptions(), TimeProvider.System);
        await foreach (var page in sink.ListIdsAsync(null, cancellationToken))
        {
            foreach (var stored in page)
            {
                if (!ids.Add(stored.Chunk))
                {
                    throw new InvalidOperationException($"chunk {stored.Chunk} is in the database twice");
                }
            }
        }

        return ids;
    }

    /// <summary>Sees to it that a run ended well and its accounting balances.</summary>
    /// <returns>The chunks it embedded.</returns>
    private static long Check(SluiceProcess run, string output)
    {
        if (run.ExitCode != 0)
        {
            throw new InvalidOperationException($"the run ended with {run.ExitCode}: {string.Join('\n', run.Errors.TakeLast(5))}");
        }

        using var json = JsonDocument.Parse(output.Trim().Split('\n')[^1]);
        return json.RootElement.GetProperty("chunks").GetProperty("embedded").GetInt64();
    }
}

/// <summary>What came out of a <see cref="KillRun"/>.</summary>
/// <param name="Kills">Times killed.</param>
/// <param name="Expected">Chunks of the uninterrupted run.</param>
/// <param name="Actual">Chunks of the interrupted one.</param>
/// <param name="Missing">Chunks that are missing.</param>
/// <param name="Extra">Chunks that should not be there.</param>
/// <param name="Embedded">Chunks embedded over all lives, as last told before each kill.</param>
/// <param name="WorstTail">Most chunks that one kill took between embedding and storing.</param>
public sealed record KillResult(int Kills, int Expected, int Actual, int Missing, int Extra, long Embedded, long WorstTail)
{
    /// <summary>Whether the database is exactly the corpus.</summary>
    public bool IsExact => Missing == 0 && Extra == 0 && Expected == Actual;

    /// <summary>Chunks embedded again because a kill came between embedding and recording, on average a kill.</summary>
    public double RepeatedPerKill => Kills == 0 ? 0 : (double)(Embedded - Expected) / Kills;
}
