using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Sluice.Actors.Parsing.Workers;

/// <summary>
/// Starts workers, all on one thread that lives as long as this process: the signal by which the kernel ends a worker with its parent comes when the <em>thread</em> that
/// started it ends, and threads of the pool come and go.
/// </summary>
internal static class WorkerStarter
{
    /// <summary>What a worker keeps of the environment: no address, password or token of the program's.</summary>
    private static readonly string[] s_kept = ["PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "SystemRoot"];

    /// <summary>Its full path: by its name alone .NET would also start one that lies in the working directory.</summary>
    private static readonly string? s_unshare = OperatingSystem.IsLinux() ? Array.Find(["/usr/bin/unshare", "/bin/unshare"], File.Exists) : null;

    private static readonly BlockingCollection<Action> s_orders = [];
    private static readonly Lazy<Thread> s_thread = new(Begin);

    /// <summary>Whether there is a program to start workers with a network of their own; the kernel may refuse it even so.</summary>
    public static bool CanIsolate => s_unshare is not null;

    /// <summary>Starts a worker.</summary>
    /// <param name="command">The program.</param>
    /// <param name="memoryLimit">Bytes of memory it may have.</param>
    /// <param name="isolated">Whether it gets a network of its own, with nobody in it.</param>
    /// <param name="folder">Its working directory.</param>
    /// <returns>The process, its three streams redirected.</returns>
    /// <exception cref="Win32Exception">It cannot be started.</exception>
    public static Task<Process> StartAsync(WorkerCommand command, long memoryLimit, bool isolated, string folder)
    {
        _ = s_thread.Value;
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        s_orders.Add(() =>
        {
            try
            {
                started.SetResult(Start(command, memoryLimit, isolated, folder));
            }
            catch (Exception exception)
            {
                started.SetException(exception);
            }
        });
        return started.Task;
    }

    private static Thread Begin()
    {
        var thread = new Thread(static () =>
        {
            foreach (var order in s_orders.GetConsumingEnumerable())
            {
                order();
            }
        })
        {
            IsBackground = true,
            Name = "sluice-worker-starter",
        };
        thread.Start();
        return thread;
    }

    private static Process Start(WorkerCommand command, long memoryLimit, bool isolated, string folder)
    {
        string[] arguments =
        [
            .. command.Arguments, ParseWorker.Verb, Environment.ProcessId.ToString(CultureInfo.InvariantCulture), memoryLimit.ToString(CultureInfo.InvariantCulture),
        ];
        var info = isolated
            ? new ProcessStartInfo(s_unshare!, ["--user", "--map-current-user", "--net", "--", command.File, .. arguments])
            : new ProcessStartInfo(command.File, arguments);
        info.UseShellExecute = false;
        info.RedirectStandardInput = info.RedirectStandardOutput = info.RedirectStandardError = true;
        info.WorkingDirectory = folder;
        SetEnvironment(info.Environment, memoryLimit);
        foreach (var name in (string[])(OperatingSystem.IsWindows() ? ["TEMP", "TMP"] : ["TMPDIR"]))
        {
            info.Environment[name] = folder;
        }

        return Process.Start(info) ?? throw new Win32Exception("the worker did not start");
    }

    private static void SetEnvironment(IDictionary<string, string?> environment, long memoryLimit)
    {
        foreach (var name in environment.Keys.ToArray())
        {
            if (!s_kept.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                environment.Remove(name);
            }
        }

        if (WorkerCommand.DotnetRoot is { } root)
        {
            environment["DOTNET_ROOT"] = root;
        }

        environment["DOTNET_GCHeapHardLimit"] = WorkerMemory.Heap(memoryLimit).ToString("x", CultureInfo.InvariantCulture);
        environment["DOTNET_gcConcurrent"] = "0"; // One document at a time: no thread of its own to collect with.
        environment["DOTNET_GCConserveMemory"] = "5";
        environment["DOTNET_EnableDiagnostics"] = "0"; // No pipe in the folder for temporary files, no dump of what a document did.
        environment["DOTNET_DbgEnableMiniDump"] = "0";
        environment["DOTNET_NOLOGO"] = "1";
    }
}
