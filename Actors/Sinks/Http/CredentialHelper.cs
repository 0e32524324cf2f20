using System.ComponentModel;
using System.Diagnostics;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Sinks.Http;

/// <summary>
/// A program of the user's that prints a secret on the last line of its output. It is started directly, without a shell, with the sink's name as its only argument and nothing on
/// its input; it must end with exit code 0 within a time limit.
/// </summary>
/// <param name="program">The program: a path, or a name that is found in PATH.</param>
/// <param name="sink">The sink it is asked for, without secrets.</param>
/// <param name="limit">How long it may take; it is killed then, with what it started.</param>
/// <param name="time">The clock.</param>
internal sealed class CredentialHelper(string program, string sink, TimeSpan limit, TimeProvider time)
{
    private const int MaxOutput = 65_536;

    /// <summary>Asks for the secret.</summary>
    /// <exception cref="ConfigurationException">It cannot be started, fails, takes too long or prints nothing. Nothing that it printed is in the message.</exception>
    public async Task<string> RunAsync(CancellationToken cancellationToken)
    {
        using var process = Start();
        using var limited = new CancellationTokenSource(limit, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limited.Token, cancellationToken);
        try
        {
            process.StandardInput.Close();
            var errors = process.StandardError.BaseStream.CopyToAsync(Stream.Null, linked.Token);
            var last = await LastLineAsync(process.StandardOutput, linked.Token).ConfigureAwait(false);
            await errors.ConfigureAwait(false);
            await process.WaitForExitAsync(linked.Token).ConfigureAwait(false);
            return process.ExitCode != 0 ? throw Failed($"ended with exit code {process.ExitCode}; run it by hand to see why")
                : last.Length > 0 ? last
                : throw Failed("printed nothing");
        }
        catch (OperationCanceledException) when (limited.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Failed($"took longer than {limit.TotalSeconds:0} s (sluice.sinks.http.helper-timeout)");
        }
        finally
        {
            Kill(process);
        }
    }

    private static async Task<string> LastLineAsync(StreamReader output, CancellationToken cancellationToken)
    {
        var (last, total) = ("", 0);
        while (await output.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line && total <= MaxOutput)
        {
            total += line.Length;
            last = line.Trim().Length > 0 ? line.Trim() : last;
        }

        return last;
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(program, [sink]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        try
        {
            return Process.Start(start) ?? throw Failed("did not start");
        }
        catch (Win32Exception exception)
        {
            throw Failed($"cannot be started: {exception.Message}");
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
        catch (InvalidOperationException)
        {
            // It ended by itself in between.
        }
    }

    private ConfigurationException Failed(string why) => new($"The credential helper '{program}' {why}.");
}
