using System.ComponentModel;
using System.Diagnostics;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Images;

/// <summary>Poppler's program <c>pdftoppm</c>: whether it is there, and a process of it. Poppler is no part of Sluice; whoever needs pages of PDFs as pictures installs it.</summary>
internal static class Poppler
{
    /// <summary>What is missing, what to do, and what works without it.</summary>
    public const string Missing =
        "the program pdftoppm is missing, which makes pictures of PDF pages: install it (Debian, Ubuntu: sudo apt-get install poppler-utils; macOS: brew install poppler; "
        + "Windows: put poppler's Library\\bin into PATH); what needs no picture of a page is read without it";

    private const string Name = "pdftoppm";
    private const int NoSuchFile = 2;
    private const int NoProgram = 8;
    private const int NoPermission = 13;

    /// <summary>Whether the program stands in a folder of <c>PATH</c>.</summary>
    public static bool IsInstalled => Find() is not null;

    /// <summary>Starts the program; no shell is involved.</summary>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>The process, its output and its messages redirected; owned by the caller.</returns>
    /// <exception cref="DocumentRejectedException">It is not installed.</exception>
    public static Process Start(IReadOnlyList<string> arguments)
    {
        var process = new Process
        {
            StartInfo = new ProcessStartInfo(Find() ?? throw NotInstalled(null), arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true },
        };
        try
        {
            process.Start();
            process.StandardInput.Close();
            return process;
        }
        catch (Win32Exception exception)
        {
            process.Dispose();
            throw exception.NativeErrorCode is NoSuchFile or NoPermission or NoProgram
                ? NotInstalled(exception)
                : new IOException($"pdftoppm cannot be started now: {exception.Message}", exception); // No memory, no process, no handle left: it passes.
        }
    }

    private static DocumentRejectedException NotInstalled(Exception? cause) => new(Rejection.Dead(Reasons.MissingProgram, Missing), cause);

    /// <summary>The program's full path: by its name alone .NET would also start one that lies in the working directory.</summary>
    private static string? Find()
    {
        var file = OperatingSystem.IsWindows() ? Name + ".exe" : Name;
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            if (Path.IsPathFullyQualified(folder) && Path.Combine(folder, file) is var path && File.Exists(path))
            {
                return path;
            }
        }

        return null;
    }
}
