using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Sluice.Faults;

/// <summary>A run of the <c>sluice</c> program in a process of its own.</summary>
public sealed partial class SluiceProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task _errors;
    private readonly Task<string> _output;
    private readonly TaskCompletionSource _embedding = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _embedded;

    private SluiceProcess(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        _errors = ReadErrorsAsync();
    }

    /// <summary>Its exit code, once it has exited.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>What it wrote to standard error.</summary>
    public List<string> Errors { get; } = [];

    /// <summary>Chunks it had embedded when it last told; it tells ten times a second.</summary>
    public long Embedded => Interlocked.Read(ref _embedded);

    /// <summary>Completed when the first chunk was embedded, or when it ended.</summary>
    public Task Embedding => _embedding.Task;

    /// <summary>Starts the program that was built beside this assembly.</summary>
    /// <param name="workingDirectory">Where it works.</param>
    /// <param name="arguments">Its arguments.</param>
    public static SluiceProcess Start(string workingDirectory, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = workingDirectory, RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true, UseShellExecute = false };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "sluice.dll"));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return new SluiceProcess(Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start"));
    }

    /// <summary>Ingests, telling of its progress ten times a second.</summary>
    public static SluiceProcess Ingest(string workingDirectory, string corpus, params string[] more) =>
        Start(workingDirectory, ["ingest", corpus, "--json", "--set", "display.plain-interval=100ms", .. more]);

    /// <summary>Waits for its end.</summary>
    /// <returns>Its standard output.</returns>
    public async Task<string> ExitedAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        await _errors;
        return await _output;
    }

    /// <summary>Waits for its end, but no longer than a given time.</summary>
    /// <returns>Whether it has ended.</returns>
    public async Task<bool> ExitedWithinAsync(TimeSpan time)
    {
        try
        {
            await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(time);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Ends it as a crash would: SIGKILL.</summary>
    public void Kill() => _process.Kill(entireProcessTree: true);

    /// <summary>Sends it a signal.</summary>
    /// <param name="signal">INT, TERM, STOP, CONT.</param>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    [GeneratedRegex(@"chunks (?<count>[\d,]+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Chunks { get; }

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            Errors.Add(line);
            if (Chunks.Match(line) is { Success: true } match)
            {
                Interlocked.Exchange(ref _embedded, long.Parse(match.Groups["count"].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture));
                if (Embedded > 0)
                {
                    _embedding.TrySetResult();
                }
            }
        }

        _embedding.TrySetResult();
    }
}
