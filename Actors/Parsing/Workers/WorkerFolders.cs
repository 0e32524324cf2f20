using System.Globalization;

namespace Sluice.Actors.Parsing.Workers;

/// <summary>Folders in which workers run, empty but for what a worker spools: what it left behind when it was ended goes with its folder.</summary>
internal static class WorkerFolders
{
    private const string Prefix = "sluice-worker-";

    /// <summary>The processes among which numbers are unique: containers may share a folder for temporary files, and have numbers of their own.</summary>
    private static readonly string s_space = Space();

    private static readonly Lazy<bool> s_swept = new(Sweep);

    /// <summary>Makes one that only its owner may enter. Those of processes that were killed are removed with the first.</summary>
    public static string Create()
    {
        _ = s_swept.Value;
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
    public static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Gone already, or kept by a system that cleans up itself.
        }
    }

    private static bool Sweep()
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        foreach (var folder in Directory.EnumerateDirectories(Path.GetTempPath(), $"{Prefix}{s_space}-*"))
        {
            var parts = Path.GetFileName(folder).Split('-');
            if (parts.Length == 5 && int.TryParse(parts[3], CultureInfo.InvariantCulture, out var process) && !Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}")))
            {
                Remove(folder);
            }
        }

        return true;
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
