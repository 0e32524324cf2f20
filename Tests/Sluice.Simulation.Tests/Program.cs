using System.Diagnostics;
using System.Globalization;
using Sluice.Simulation.Tests.Sequences;

namespace Sluice.Simulation.Tests;

/// <summary>Explores by command.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case ["run", var seconds]:
                return await RunAsync(Seconds(seconds), (ulong)Stopwatch.GetTimestamp());
            case ["run", var seconds, var seed]:
                return await RunAsync(Seconds(seconds), Number(seed));
            case ["find", var sequences]:
                return await Explorer.AloneAsync(explorer => Find(explorer, Number(sequences), 1));
            case ["find", var sequences, var seed]:
                return await Explorer.AloneAsync(explorer => Find(explorer, Number(sequences), Number(seed)));
            case ["survey", var seconds, var seed]:
                return await Explorer.AloneAsync(explorer => Survey(explorer, Seconds(seconds), Number(seed)));
            case ["replay", var seed]:
                return await Explorer.AloneAsync(explorer => Replay(explorer, Number(seed)));
            default:
                await Console.Error.WriteLineAsync("usage: run SECONDS [SEED] | find SEQUENCES [SEED] | replay SEED | survey SECONDS SEED");
                return 2;
        }
    }

    private static Task<int> RunAsync(TimeSpan limit, ulong seed) => Explorer.AloneAsync(explorer =>
    {
        Console.WriteLine($"seeds from {seed}");
        var (began, sequences) = (Stopwatch.GetTimestamp(), 0);
        var kinds = new Dictionary<string, int>(StringComparer.Ordinal);
        for (; Stopwatch.GetElapsedTime(began) < limit; sequences++, seed++)
        {
            var operations = SequenceMaker.Make(seed);
            if (explorer.Try(operations) is { } found)
            {
                var kind = Explorer.Kind(found.What);
                kinds[kind] = kinds.GetValueOrDefault(kind) + 1;
                if (kinds[kind] > 3)
                {
                    Console.WriteLine($"seed {seed}: {found.What.Split('\n')[0]}");
                    continue;
                }

                var (smaller, finding) = explorer.Shrink(operations, found, TimeSpan.FromSeconds(20));
                Console.WriteLine($"after {sequences + 1} sequences, {Explorer.Describe(seed, smaller, finding)}");
            }
        }

        Console.WriteLine($"{sequences} sequences in {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s, {kinds.Values.Sum()} failed");
        foreach (var (kind, count) in kinds)
        {
            Console.WriteLine($"  {count} x {kind}");
        }

        return kinds.Count == 0 ? 0 : 1;
    });

    /// <summary>Runs until something fails. Its last line tells what.</summary>
    private static int Find(Explorer explorer, ulong sequences, ulong seed)
    {
        for (var number = 0UL; number < sequences; number++)
        {
            if (explorer.Try(SequenceMaker.Make(seed + number)) is { } found)
            {
                Console.WriteLine($"after {number + 1} sequences (seed {seed + number}): {found.What.Split('\n')[0]}");
                return 1;
            }
        }

        Console.WriteLine($"nothing is wrong with {sequences} sequences");
        return 0;
    }

    /// <summary>Runs without making anything smaller: what fails, and how often.</summary>
    private static int Survey(Explorer explorer, TimeSpan limit, ulong seed)
    {
        var (began, sequences) = (Stopwatch.GetTimestamp(), 0);
        var kinds = new Dictionary<string, List<ulong>>(StringComparer.Ordinal);
        for (; Stopwatch.GetElapsedTime(began) < limit; sequences++, seed++)
        {
            var found = explorer.Try(SequenceMaker.Make(seed));
            if (found is not null)
            {
                var kind = Explorer.Kind(found.What);
                kinds.TryAdd(kind, []);
                kinds[kind].Add(seed);
                Console.WriteLine($"seed {seed}: {found.What}");
            }
        }

        Console.WriteLine($"{sequences} sequences in {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s");
        foreach (var (kind, seeds) in kinds)
        {
            Console.WriteLine($"  {seeds.Count} x {kind}: {string.Join(", ", seeds.Take(10))}");
        }

        return 0;
    }

    private static int Replay(Explorer explorer, ulong seed)
    {
        var operations = SequenceMaker.Make(seed);
        if (explorer.Try(operations) is not { } found)
        {
            Console.WriteLine($"seed {seed}: nothing is wrong");
            return 0;
        }

        var (smaller, finding) = explorer.Shrink(operations, found, TimeSpan.FromMinutes(2));
        Console.WriteLine(Explorer.Describe(seed, smaller, finding));
        return 1;
    }

    private static TimeSpan Seconds(string text) => TimeSpan.FromSeconds(double.Parse(text, CultureInfo.InvariantCulture));

    private static ulong Number(string text) => ulong.Parse(text, CultureInfo.InvariantCulture);
}
