using System.Diagnostics;
using Sluice.Actors.Parsing.Workers;

namespace Sluice.Actors.Tests.Parsing.Workers;

public sealed class ProcessHandleTests
{
    [Fact]
    public async Task Kill_ProcessThatLives_EndsIt()
    {
        using var process = Start("exec sleep 1000");
        using var handle = new ProcessHandle(process);

        handle.Kill();

        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(128 + 9);
    }

    /// <summary>The leader was reaped, its number is free: what it left behind in its group is ended all the same, by a handle that is that group's for ever.</summary>
    [Fact]
    public async Task Kill_LeaderIsGone_EndsWhatItLeftBehindOrNothing()
    {
        using var process = Start("exec setsid sh -c 'sleep 1000 & echo $!'");
        using var handle = new ProcessHandle(process);
        var child = int.Parse((await process.StandardOutput.ReadLineAsync())!, System.Globalization.CultureInfo.InvariantCulture);
        await process.WaitForExitAsync();
        using var left = Process.GetProcessById(child);

        handle.Kill();

        if (Environment.OSVersion.Version < new Version(6, 9))
        {
            left.Kill(); // Older kernels cannot say it without the number, which may be another group's by now: then nothing is done.
        }

        await left.WaitForExitAsync();
    }

    [Fact]
    public async Task Kill_ProcessIsReaped_SignalsNobody()
    {
        using var process = Start("exit 3");
        using var handle = new ProcessHandle(process);
        await process.WaitForExitAsync();

        handle.Kill();
        handle.Kill();

        process.ExitCode.ShouldBe(3);
    }

    private static Process Start(string script) =>
        Process.Start(new ProcessStartInfo("/bin/sh", ["-c", script]) { UseShellExecute = false, RedirectStandardOutput = true })!;
}
