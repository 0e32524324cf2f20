using System.Globalization;
using System.Runtime.InteropServices;

namespace Sluice.Actors.Parsing.Workers;

/// <summary>What a worker takes from itself when it starts, on Linux: other systems have none of it. What it has lost it cannot take back.</summary>
internal static unsafe partial class WorkerLimits
{
    private const int Processor = 0;
    private const int Core = 4;
    private const int Files = 7;
    private const int AddressSpace = 9;
    private const int ParentDeathSignal = 1;
    private const int NoNewPrivileges = 38;
    private const int KillSignal = 9;
    private const ulong MaxFiles = 256;

    /// <summary>Takes it.</summary>
    /// <param name="parent">Number of the process that started this one.</param>
    /// <param name="memory">Bytes that it may have beyond what it has reserved by now.</param>
    /// <returns>False when the parent has died meanwhile.</returns>
    public static bool Apply(int parent, long memory)
    {
        if (!OperatingSystem.IsLinux())
        {
            return true;
        }

        // The signal is that of the thread which started this process; that thread lives as long as its process does. See WorkerStarter.
        _ = prctl(ParentDeathSignal, KillSignal, 0, 0, 0);
        if (getppid() != parent)
        {
            return false;
        }

        _ = prctl(NoNewPrivileges, 1, 0, 0, 0);
        _ = setsid(); // Ctrl-C at the terminal is for the program alone, which ends its workers itself.
        Set(Core, 0);
        Set(Files, MaxFiles);

        // The collector reserves its whole range of addresses when it starts: what is mapped now does not count against a document.
        var pages = File.ReadAllText("/proc/self/statm").Split(' ')[0];
        Set(AddressSpace, ((ulong)long.Parse(pages, CultureInfo.InvariantCulture) * (ulong)Environment.SystemPageSize) + (ulong)memory);
        Prefer("/proc/self/oom_score_adj", "500"); // Where the machine runs out of memory, a worker goes first.
        return true;
    }

    /// <summary>Limits the processor time that this process may use from now on until it asks again: the kernel ends one that does not.</summary>
    /// <param name="time">How much.</param>
    public static void AllowProcessorTime(TimeSpan time)
    {
        if (OperatingSystem.IsLinux())
        {
            var used = Environment.CpuUsage.TotalTime;
            var limit = new Limit((ulong)Math.Ceiling((used + time).TotalSeconds), ulong.MaxValue);
            _ = setrlimit(Processor, &limit);
        }
    }

    /// <summary>Gives the number of a file a second number and points the first one elsewhere.</summary>
    /// <param name="number">The file.</param>
    /// <param name="target">Where it points to afterwards.</param>
    /// <returns>The second number.</returns>
    public static int Redirect(int number, int target)
    {
        var copy = dup(number);
        _ = dup2(target, number);
        return copy;
    }

    /// <summary>Ends a worker with all processes of its session.</summary>
    /// <param name="process">Number of the worker.</param>
    public static void KillSession(int process)
    {
        if (OperatingSystem.IsLinux())
        {
            _ = kill(-process, KillSignal);
        }
    }

    /// <summary>Ends this process at once, whatever its threads do.</summary>
    public static void End(int code) => _exit(code);

    private static void Set(int resource, ulong value)
    {
        var limit = new Limit(value, value);
        _ = setrlimit(resource, &limit);
    }

    private static void Prefer(string file, string value)
    {
        try
        {
            File.WriteAllText(file, value);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A wish: not every container lets it be said.
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Limit(ulong Soft, ulong Hard);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int setrlimit(int resource, Limit* limit);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int prctl(int option, nuint first, nuint second, nuint third, nuint fourth);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int getppid();

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int setsid();

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int kill(int process, int signal);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int dup(int number);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int dup2(int number, int target);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void _exit(int code);
}
