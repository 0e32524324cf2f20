using Sluice.Hosting.Http.Contract;

namespace Sluice.Hosting.Monitoring;

/// <summary>Memory and processor time of this process. One owner asks it, now and then.</summary>
/// <param name="time">The clock.</param>
internal sealed class ProcessWatch(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private long _last = time.GetTimestamp();
    private TimeSpan _cpu = Environment.CpuUsage.TotalTime;
    private double _share;

    /// <summary>How the process is; the processor's share is that since the last call.</summary>
    /// <returns>The view.</returns>
    public ProcessView Read()
    {
        var (now, cpu) = (time.GetTimestamp(), Environment.CpuUsage.TotalTime);
        var elapsed = time.GetElapsedTime(_last, now);
        if (elapsed > TimeSpan.FromMilliseconds(200))
        {
            _share = Math.Clamp((cpu - _cpu) / elapsed / Environment.ProcessorCount, 0, 1);
            (_last, _cpu) = (now, cpu);
        }

        return new ProcessView(
            time.GetElapsedTime(_start, now).TotalSeconds,
            ProcessMemory.Resident,
            ProcessMemory.Peak,
            GC.GetTotalMemory(forceFullCollection: false),
            GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            Math.Round(_share, 4),
            Environment.ProcessorCount);
    }
}
