using System.Globalization;

namespace Sluice.Actors.Parsing.Workers;

/// <summary>How a worker's memory is bounded: its own heap by the collector, all of it by the kernel's limit of addresses and by the parent, which looks at it.</summary>
internal static class WorkerMemory
{
    private static int s_short;

    /// <summary>Notices every want of memory from now on, also one that a library keeps to itself: PdfPig takes a font that does not fit for one that is missing.</summary>
    public static void Watch() => AppDomain.CurrentDomain.FirstChanceException += static (_, thrown) =>
    {
        if (thrown.Exception is OutOfMemoryException)
        {
            Volatile.Write(ref s_short, 1);
        }
    };

    /// <summary>Whether memory was short since the beginning of this process.</summary>
    public static bool WasShort => Volatile.Read(ref s_short) != 0;

    /// <summary>What the collector may use of a worker's memory; the rest is for code, stacks and native libraries.</summary>
    public static long Heap(long limit) => limit / 4 * 3;

    /// <summary>Bytes of memory that a process has in use, on Linux; 0 when it has just ended.</summary>
    public static long Resident(int process)
    {
        var fields = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/statm")).Split(' ');
        return fields.Length > 1 ? long.Parse(fields[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize : 0;
    }
}
