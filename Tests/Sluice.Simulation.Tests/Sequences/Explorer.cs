using System.Diagnostics;
using System.Globalization;
using System.Text;
using Sluice.Simulation.Tests.Scheduling;

namespace Sluice.Simulation.Tests.Sequences;

/// <summary>What is wrong with a sequence.</summary>
/// <param name="What">What the model forbids.</param>
/// <param name="Trace">The last calls before it.</param>
internal sealed record Finding(string What, string Trace);

/// <summary>Runs sequences, and makes those that fail smaller. Everything happens on a thread of its own, since the pool must be able to come to rest.</summary>
internal sealed class Explorer : IDisposable
{
    private Machine _machine = new();

    /// <summary>Runs something on a thread of its own.</summary>
    public static Task<T> AloneAsync<T>(Func<Explorer, T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                Calm.Learn();
                using var explorer = new Explorer();
                done.SetResult(work(explorer));
            }
#pragma warning disable CA1031 // Whatever it is belongs to whoever waits.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                done.SetException(exception);
            }
        })
        {
            IsBackground = true,
        };
        thread.Start();
        return done.Task;
    }

    /// <summary>Does a sequence.</summary>
    /// <returns>What is wrong with it; null when nothing is.</returns>
    public Finding? Try(IReadOnlyList<Operation> operations)
    {
        var spoiled = true;
        try
        {
            using var simulation = new Simulation(_machine);
            try
            {
                foreach (var operation in operations)
                {
                    simulation.Do(operation);
                }

                simulation.Finish();
                return null;
            }
            catch (ModelFailureException failure)
            {
                return new Finding(failure.Message, failure.Trace);
            }
            finally
            {
                simulation.End();
                spoiled = simulation.IsSpoiled;
            }
        }
        finally
        {
            if (spoiled)
            {
                _machine.Dispose();
                _machine = new Machine();
            }
        }
    }

    /// <summary>Drops operations, and parts of them, while a sequence still fails.</summary>
    /// <param name="operations">A sequence that fails.</param>
    /// <param name="first">How.</param>
    /// <param name="limit">Longest that is tried, of real time.</param>
    public (IReadOnlyList<Operation> Operations, Finding Finding) Shrink(IReadOnlyList<Operation> operations, Finding first, TimeSpan limit)
    {
        var (began, finding, again) = (Stopwatch.GetTimestamp(), first, true);
        while (again)
        {
            again = false;
            foreach (var candidate in Candidates(operations))
            {
                if (Stopwatch.GetElapsedTime(began) > limit)
                {
                    return (operations, finding);
                }

                if (Try(candidate) is { } found && IsAlike(found, first))
                {
                    (operations, finding, again) = (candidate, found, true);
                    break;
                }
            }
        }

        return (operations, finding);
    }

    /// <summary>A finding as a person reads it.</summary>
    public static string Describe(ulong seed, IReadOnlyList<Operation> operations, Finding finding)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"seed {seed}: {finding.What}");
        foreach (var operation in operations)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  - {operation}");
        }

        text.AppendLine("  the calls:");
        foreach (var line in finding.Trace.Split('\n'))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"    {line}");
        }

        return text.AppendLine(CultureInfo.InvariantCulture, $"  again: dotnet run -c Release --project Tests/Sluice.Simulation.Tests -- replay {seed}").ToString();
    }

    public void Dispose() => _machine.Dispose();

    private static IEnumerable<IReadOnlyList<Operation>> Candidates(IReadOnlyList<Operation> operations)
    {
        for (var size = operations.Count / 2; size >= 1; size /= 2)
        {
            for (var from = operations.Count - size; from >= 0; from -= size)
            {
                yield return [.. operations.Take(from), .. operations.Skip(from + size)];
            }
        }

        for (var index = operations.Count - 1; index >= 0; index--)
        {
            foreach (var smaller in operations[index].Smaller())
            {
                yield return [.. operations.Take(index), smaller, .. operations.Skip(index + 1)];
            }
        }
    }

    /// <summary>Whether two findings tell of the same thing: their first words are the same.</summary>
    private static bool IsAlike(Finding found, Finding first) => Kind(found.What) == Kind(first.What);

    /// <summary>What kind of finding it is: its words without numbers, up to the first colon or comma.</summary>
    public static string Kind(string what) => new([.. what.TakeWhile(static letter => letter is not (':' or ',' or ';')).Where(static letter => !char.IsAsciiDigit(letter))]);
}
