namespace Sluice.Actors.Parsing.Workers;

/// <summary>How a worker is started.</summary>
/// <param name="File">The program.</param>
/// <param name="Arguments">What goes before the verb.</param>
internal sealed record WorkerCommand(string File, IReadOnlyList<string> Arguments)
{
    /// <summary>Finds the program: the one that is named, else the one beside this program's files.</summary>
    /// <param name="program">The setting.</param>
    /// <returns>The command; null where Sluice is used as a library, without its program.</returns>
    public static WorkerCommand? Find(string program)
    {
        var beside = AppContext.BaseDirectory;
        string[] candidates = program.Length > 0 ? [program] : [Path.Combine(beside, OperatingSystem.IsWindows() ? "sluice.exe" : "sluice"), Path.Combine(beside, "sluice.dll")];
        return Array.Find(candidates, System.IO.File.Exists) switch
        {
            null => null,
            var found when found.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) => new(Path.Combine(DotnetRoot ?? "", "dotnet"), ["exec", Path.GetFullPath(found)]),
            var found => new(Path.GetFullPath(found), []),
        };
    }

    /// <summary>Where .NET is: a program without an environment does not find it by itself everywhere.</summary>
    public static string? DotnetRoot { get; } = Locate();

    private static string? Locate()
    {
        // …/shared/Microsoft.NETCore.App/VERSION/ in an installation; the program's own folder where .NET was published with it.
        var runtime = Path.TrimEndingDirectorySeparator(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory());
        var root = Path.GetDirectoryName(Path.GetDirectoryName(Path.GetDirectoryName(runtime)));
        return root is not null && Directory.Exists(Path.Combine(root, "host")) ? root : null;
    }
}
