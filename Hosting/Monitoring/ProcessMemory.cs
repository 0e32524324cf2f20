using System.Diagnostics;
using System.Globalization;

namespace Sluice.Hosting.Monitoring;

/// <summary>How much memory this process holds.</summary>
internal static class ProcessMemory
{
    /// <summary>Resident bytes now.</summary>
    public static long Resident => FromStatus("VmRSS:") ?? Environment.WorkingSet;

    /// <summary>Most resident bytes since the start.</summary>
    public static long Peak
    {
        get
        {
            using var process = Process.GetCurrentProcess();
            return FromStatus("VmHWM:") ?? process.PeakWorkingSet64;
        }
    }

    private static long? FromStatus(string field)
    {
        const string file = "/proc/self/status";
        if (!File.Exists(file))
        {
            return null;
        }

        var line = File.ReadLines(file).FirstOrDefault(line => line.StartsWith(field, StringComparison.Ordinal));
        return line is not null && long.TryParse(line.AsSpan(field.Length).Trim().TrimEnd("kB").Trim(), NumberStyles.Integer, CultureInfo.InvariantCulture, out var kilobytes)
            ? kilobytes * 1024
            : null;
    }
}
