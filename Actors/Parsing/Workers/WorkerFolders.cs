using System.Globalization;

namespace Sluice.Actors.Parsing.Workers;

/// <summary>Folders in which workers run, empty but for what a worker spools: what it left behind when it was ended goes with its folder.</summary>
internal static class WorkerFolders
{
    private const string Prefix = "sluice-worker-";

    /// <summary>The processes among which numbers are unique: containers may share a folder for temporary files, and have numbers of their own.</summary>
    private static readonly string s_space = Space();

    private static int s_swept;

    /// <summary>Makes one that only its owner may enter. Those of processes that were killed are removed with the first.</summary>
    public static string Create()
    {
        if (Interlocked.Exchange(ref s_swept, 1) == 0)
        {
            Sweep(Path.GetTempPath());
        }

        var path = Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"{Prefix}{s_space}-{Environment.ProcessId}-{Guid.NewGuid():N}"));
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return path;
    }

    /// <summary>Removes one with what is in it.</summary>
    public static void Remove(string? folder)
    {
        if (folder is null)
        {
            return;
        }

        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Gone already, or kept by a system that cleans up itself.
        }
    }

    /// <summary>Removes those of processes that were killed. What cannot be looked at now is left: it is in nobody's way.</summary>
    /// <param name="parent">The folder they lie in.</param>
    internal static void Sweep(string parent)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            foreach (var folder in Directory.EnumerateDirectories(parent, $"{Prefix}{s_space}-*"))
            {
                var parts = Path.GetFileName(folder).Split('-');
                if (parts.Length == 5 && int.TryParse(parts[3], CultureInfo.InvariantCulture, out var process) && !Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}")))
                {
                    Remove(folder);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A folder that may be written but not listed, or that is gone: the workers need only one of their own in it.
        }
    }

    private static string Space()
    {
        try
        {
            return string.Concat((new FileInfo("/proc/self/ns/pid").LinkTarget ?? "").Where(char.IsAsciiDigit)) is { Length: > 0 } number ? number : "0";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "0";
        }
    }
}
