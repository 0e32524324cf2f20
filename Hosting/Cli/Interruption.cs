using System.Runtime.InteropServices;

namespace Sluice.Hosting.Cli;

/// <summary>Signals: the first Ctrl-C or SIGTERM stops cleanly, the second ends the process at once. Owned by <c>Main</c>.</summary>
internal sealed partial class Interruption : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _signals;

    /// <summary>Begins to listen.</summary>
    public Interruption()
    {
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP })
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, OnSignal));
        }
    }

    /// <summary>Is cancelled by the first signal.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _stop.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _signals) == 1)
        {
            _stop.Cancel();
            return;
        }

        if (!Console.IsErrorRedirected)
        {
            Console.Error.Write("\u001b[?25h"); // The cursor, which a live display hides.
        }

        Console.Error.WriteLine("sluice: ended at once; nothing that was stored is lost, and the next run goes on from there.");
        EndAtOnce();
    }

    /// <summary>Ends without waiting for anything: an orderly exit would unload the model under the threads that still use it, and say so at length.</summary>
    private static void EndAtOnce()
    {
        if (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS())
        {
            EndProcess(ExitCodes.Interrupted);
        }

        Environment.Exit(ExitCodes.Interrupted);
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void EndProcess(int status);
}
