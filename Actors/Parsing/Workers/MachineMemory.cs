using System.Globalization;

namespace Sluice.Actors.Parsing.Workers;

/// <summary>What memory the machine, or the container that this process runs in, could still give.</summary>
internal static class MachineMemory
{
    private static readonly string? s_group = FindGroup();

    /// <summary>Bytes that are free or can be made free at once; <see cref="long.MaxValue"/> where the system does not tell.</summary>
    public static long Available()
    {
        if (!OperatingSystem.IsLinux())
        {
            return long.MaxValue;
        }

        try
        {
            return Math.Min(OfMachine(), OfGroup());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return long.MaxValue; // Nobody tells: then it is not said to be the machine's fault.
        }
    }

    private static long OfMachine()
    {
        var lines = File.ReadAllLines("/proc/meminfo");
        var free = (Number(lines, "MemAvailable:") + Number(lines, "SwapFree:")) << 10;
        var isStrict = File.ReadAllText("/proc/sys/vm/overcommit_memory").AsSpan().Trim() is "2";
        return isStrict ? Math.Min(free, (Number(lines, "CommitLimit:") - Number(lines, "Committed_AS:")) << 10) : free;
    }

    /// <summary>Of the control group: what is in files' caches is given up when it is needed.</summary>
    private static long OfGroup()
    {
        if (s_group is null || !long.TryParse(File.ReadAllText(Path.Combine(s_group, "memory.max")), CultureInfo.InvariantCulture, out var most))
        {
            return long.MaxValue;
        }

        var used = long.Parse(File.ReadAllText(Path.Combine(s_group, "memory.current")), CultureInfo.InvariantCulture);
        var lines = File.ReadAllLines(Path.Combine(s_group, "memory.stat"));
        return most - used + Number(lines, "inactive_file ") + Number(lines, "active_file ");
    }

    private static long Number(string[] lines, string name) =>
        Array.Find(lines, line => line.StartsWith(name, StringComparison.Ordinal)) is { } line
        && long.TryParse(line.AsSpan(name.Length).Trim().TrimEnd(" kB"), CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static string? FindGroup()
    {
        if (!OperatingSystem.IsLinux() || !File.Exists("/proc/self/cgroup"))
        {
            return null;
        }

        var own = File.ReadLines("/proc/self/cgroup").FirstOrDefault(static line => line.StartsWith("0::/", StringComparison.Ordinal));
        string[] candidates = own is null ? [] : [$"/sys/fs/cgroup{own[3..]}", "/sys/fs/cgroup"];
        return Array.Find(candidates, static folder => File.Exists(Path.Combine(folder, "memory.max")));
    }
}
