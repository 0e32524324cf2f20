using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Sluice.Faults;

/// <summary>A run of the <c>sluice</c> program in a process of its own.</summary>
public sealed partial class SluiceProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task _errors;
    private readonly Lock _lock = new();
    private readonly List<(Func<string, bool> Matches, TaskCompletionSource<string> Found)> _awaited = [];
    private readonly Task<string> _output;
    private readonly TaskCompletionSource<Uri> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _embedding = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _errorsEnded;
    private long _embedded;

    private SluiceProcess(Process process)
    {
        _process = process;
        _errors = ReadErrorsAsync();
        _output = ReadOutputAsync();
    }

    /// <summary>Its exit code, once it has exited.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>What it wrote to standard error, a line each; complete once it has exited.</summary>
    public List<string> Errors { get; } = [];

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>Its standard input. Closing it is the end of the input.</summary>
    public StreamWriter Input => _process.StandardInput;

    /// <summary>Chunks it had embedded when it last told; it tells ten times a second.</summary>
    public long Embedded => Interlocked.Read(ref _embedded);

    /// <summary>Completed when the first chunk was embedded, or when it ended.</summary>
    public Task Embedding => _embedding.Task;

    /// <summary>Starts the program that was built beside this assembly.</summary>
    /// <param name="workingDirectory">Where it works.</param>
    /// <param name="arguments">Its arguments.</param>
    public static SluiceProcess Start(string workingDirectory, params string[] arguments) => Start(workingDirectory, new Dictionary<string, string>(StringComparer.Ordinal), arguments);

    /// <summary>Starts the program that was built beside this assembly.</summary>
    /// <param name="workingDirectory">Where it works.</param>
    /// <param name="environment">Environment variables, besides this process's own.</param>
    /// <param name="arguments">Its arguments.</param>
    public static SluiceProcess Start(string workingDirectory, IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        Launch(workingDirectory, environment, Linux("env", "--default-signal=INT"), arguments);

    /// <summary>Starts the program so that the permissions of files hold for it, even where root starts it.</summary>
    /// <param name="workingDirectory">Where it works.</param>
    /// <param name="environment">Environment variables, besides this process's own.</param>
    /// <param name="arguments">Its arguments.</param>
    public static SluiceProcess StartUnprivileged(string workingDirectory, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        const string Rights = "-dac_override,-dac_read_search";
        string[] launcher = Environment.IsPrivilegedProcess ? Linux("setpriv", $"--bounding-set={Rights}", $"--inh-caps={Rights}") : [];
        return Launch(workingDirectory, environment, launcher, arguments);
    }

    /// <summary>Ingests, telling of its progress ten times a second.</summary>
    public static SluiceProcess Ingest(string workingDirectory, IReadOnlyDictionary<string, string> environment, string corpus, params string[] more) =>
        Start(workingDirectory, environment, ["ingest", corpus, "--json", "--set", "display.plain-interval=100ms", .. more]);

    /// <summary>Waits for its end.</summary>
    /// <returns>Its standard output.</returns>
    public async Task<string> ExitedAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        await _errors;
        return await _output;
    }

    /// <summary>Waits for a line on standard error; one that was written before counts.</summary>
    /// <param name="matches">Whether it is the line.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The line.</returns>
    /// <exception cref="InvalidOperationException">The program ended without it.</exception>
    public Task<string> LineAsync(Func<string, bool> matches, CancellationToken cancellationToken)
    {
        var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (Errors.Find(line => matches(line)) is { } line)
            {
                return Task.FromResult(line);
            }

            if (_errorsEnded)
            {
                throw Ended();
            }

            _awaited.Add((matches, found));
        }

        return found.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Waits until it says on standard output where it answers: <c>ready: http://127.0.0.1:7070/</c>.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The address.</returns>
    /// <exception cref="InvalidOperationException">The program ended without saying so.</exception>
    public Task<Uri> ReadyAsync(CancellationToken cancellationToken) => _ready.Task.WaitAsync(cancellationToken);

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

    [GeneratedRegex(@"^ready: (?<address>\S+)\r?\n", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Ready { get; }

    private static string[] Linux(params string[] launcher) => OperatingSystem.IsLinux() ? launcher : [];

    /// <summary>
    /// Starts it. Who runs the tests in the background of a script ignores SIGINT, and what is ignored is inherited: by a launcher the program sees it as on a terminal.
    /// </summary>
    private static SluiceProcess Launch(string workingDirectory, IReadOnlyDictionary<string, string> environment, string[] launcher, string[] arguments)
    {
        string[] command = [.. launcher, "dotnet", "exec", Path.Combine(AppContext.BaseDirectory, "sluice.dll"), .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = workingDirectory, RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true, UseShellExecute = false };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new SluiceProcess(Process.Start(start) ?? throw new InvalidOperationException($"{command[0]} did not start"));
    }

    private InvalidOperationException Ended() => new($"the program ended without the line that was waited for; its last ones: {string.Join('\n', Errors.TakeLast(5))}");

    private async Task<string> ReadOutputAsync()
    {
        const int beginning = 10_000; // Where the line may be; what programs write besides may be long.
        var text = new StringBuilder();
        var buffer = new char[4_096];
        while (await _process.StandardOutput.ReadAsync(buffer) is var count and > 0)
        {
            text.Append(buffer, 0, count);
            if (!_ready.Task.IsCompleted && text.Length < beginning && Ready.Match(text.ToString()) is { Success: true } match)
            {
                _ready.TrySetResult(new Uri(match.Groups["address"].Value));
            }
        }

        await _errors;
        _ready.TrySetException(Ended());
        _ = _ready.Task.Exception; // Most programs are not asked.
        return text.ToString();
    }

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            if (Chunks.Match(line) is { Success: true } match)
            {
                Interlocked.Exchange(ref _embedded, long.Parse(match.Groups["count"].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture));
                if (Embedded > 0)
                {
                    _embedding.TrySetResult();
                }
            }

            lock (_lock)
            {
                Errors.Add(line);
                _awaited.ForEach(awaited =>
                {
                    if (awaited.Matches(line))
                    {
                        awaited.Found.TrySetResult(line);
                    }
                });
            }
        }

        lock (_lock)
        {
            _errorsEnded = true;
            _awaited.ForEach(awaited => awaited.Found.TrySetException(Ended()));
            _awaited.Clear();
        }

        _embedding.TrySetResult();
    }
}
