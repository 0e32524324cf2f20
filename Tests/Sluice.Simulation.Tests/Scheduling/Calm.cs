using System.Diagnostics;

namespace Sluice.Simulation.Tests.Scheduling;

/// <summary>
/// Tells when nothing moves in this process: no thread of the pool works and nothing waits for one. Everything that the engine does, it does there, or waits for a call that the
/// simulation holds or for the simulated clock. To see movement where there is none costs time only; the other way round a timer fires earlier than it might, as on a slow machine.
/// </summary>
internal static class Calm
{
    private static readonly int s_workers = Workers();
    private static int s_always = -1;

    /// <summary>Learns how many threads of the pool the test host keeps for itself. Called from a thread of its own.</summary>
    public static void Learn()
    {
        if (s_always >= 0)
        {
            return;
        }

        var least = int.MaxValue;
        var watch = Stopwatch.StartNew();
        while (watch.ElapsedMilliseconds < 100)
        {
            least = Math.Min(least, Working());
            Thread.Yield();
        }

        s_always = least;
    }

    /// <summary>Waits until nothing moves.</summary>
    /// <param name="limit">Longest wait, of real time.</param>
    /// <returns>Whether it is calm.</returns>
    public static bool Wait(TimeSpan limit)
    {
        var began = Stopwatch.GetTimestamp();
        var calm = 0;
        var spin = default(SpinWait);
        var completed = -1L;
        for (var round = 0; calm < 4; round++)
        {
            var now = ThreadPool.CompletedWorkItemCount;
            calm = Working() <= s_always && ThreadPool.PendingWorkItemCount == 0 && now == completed ? calm + 1 : 0;
            completed = now;
            if (calm > 0)
            {
                Thread.SpinWait(30);
            }
            else
            {
                spin.SpinOnce(sleep1Threshold: 30);
            }

            if (round % 64 == 63 && Stopwatch.GetElapsedTime(began) > limit)
            {
                return false;
            }
        }

        return true;
    }

    private static int Working()
    {
        ThreadPool.GetAvailableThreads(out var free, out _);
        return s_workers - free;
    }

    private static int Workers()
    {
        ThreadPool.GetMaxThreads(out var workers, out _);
        return workers;
    }
}
