using System.Diagnostics;
using System.Globalization;

namespace Sluice.ClusterRuns;

/// <summary>One node in a process of its own; started again under the same address after it ended.</summary>
internal sealed class LabNode : IAsyncDisposable
{
    private readonly Func<ProcessStartInfo> _command;
    private readonly StreamWriter _log;
    private readonly Lock _lock = new();
    private TaskCompletionSource _ready = NewSignal();
    private Process? _process;

    public LabNode(int host, IReadOnlyList<string> roles, Func<ProcessStartInfo> command, string logFile)
    {
        Host = host;
        Roles = roles;
        _command = command;
        _log = new StreamWriter(logFile, append: true) { AutoFlush = true };
    }

    /// <summary>Number of its host.</summary>
    public int Host { get; }

    /// <summary>What it does.</summary>
    public IReadOnlyList<string> Roles { get; }

    /// <summary>When its process was started: the older of two nodes has the smaller one.</summary>
    public long Since { get; private set; }

    /// <summary>Whether its process runs.</summary>
    public bool Runs => _process is { HasExited: false };

    /// <summary>Bytes of its resident set.</summary>
    public long Memory
    {
        get
        {
            if (_process is not { HasExited: false } process)
            {
                return 0;
            }

            process.Refresh();
            return process.WorkingSet64;
        }
    }

    /// <summary>Processor time it has used.</summary>
    public TimeSpan Cpu
    {
        get
        {
            if (_process is not { HasExited: false } process)
            {
                return TimeSpan.Zero;
            }

            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <summary>Exit code of its last process.</summary>
    public int ExitCode => _process!.ExitCode;

    /// <summary>Starts it, without waiting.</summary>
    public void Start()
    {
        _ready = NewSignal();
        var start = _command();
        start.UseShellExecute = false;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        var process = Process.Start(start) ?? throw new InvalidOperationException("a node did not start");
        var ready = _ready;
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.StartsWith("ready:", StringComparison.Ordinal) == true)
            {
                ready.TrySetResult();
            }

            Write(line.Data);
        };
        process.ErrorDataReceived += (_, line) => Write(line.Data);
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException($"node {Host} ended before it was ready; see its log"));
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _process = process;
        Since = Stopwatch.GetTimestamp();
    }

    /// <summary>Waits until it is a member.</summary>
    public Task ReadyAsync(TimeSpan longest) => _ready.Task.WaitAsync(longest, TimeProvider.System);

    /// <summary>Sends a signal.</summary>
    public void Signal(string name)
    {
        if (_process is not { HasExited: false } process)
        {
            return;
        }

        using var kill = Process.Start("kill", ["-" + name, process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Covers a folder with an empty one, for this node alone, or takes the cover away; needs a namespace of its own (<see cref="LabNetwork"/>).</summary>
    public void Cover(string folder, bool cover)
    {
        if (_process is not { HasExited: false } process)
        {
            return;
        }

        string[] inside = ["--mount", "--target", process.Id.ToString(CultureInfo.InvariantCulture)];
        string[] command = cover ? [.. inside, "mount", "-t", "tmpfs", "none", folder] : [.. inside, "umount", folder];
        using var run = Process.Start("nsenter", command);
        run.WaitForExit();
    }

    /// <summary>Waits for its end.</summary>
    public async Task EndedAsync(TimeSpan longest)
    {
        if (_process is { } process)
        {
            using var limit = new CancellationTokenSource(longest);
            await process.WaitForExitAsync(limit.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Signal("CONT");
        Signal("KILL");
        await EndedAsync(TimeSpan.FromSeconds(20));
        _process?.Dispose();
        lock (_lock)
        {
            _log.Dispose();
        }
    }

    private void Write(string? line)
    {
        if (line is not null)
        {
            lock (_lock)
            {
                if (_log.BaseStream is not null)
                {
                    _log.WriteLine(line);
                }
            }
        }
    }

    private static TaskCompletionSource NewSignal()
    {
        var signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = signal.Task.Exception; // Nobody need wait for it.
        return signal;
    }
}
