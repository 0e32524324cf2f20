using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sluice.Actors.Parsing.Workers;

/// <summary>
/// A hold on a child that means that process for ever. Its number may be another one's as soon as it was reaped, which .NET does when the kernel tells it to, beside whoever
/// is about to signal it. On Linux it is a pidfd; elsewhere, what .NET knows. Safe for concurrent use.
/// </summary>
internal sealed partial class ProcessHandle : IDisposable
{
    private const nint KillSignal = 9;
    private const nint SendSignal = 424;
    private const nint OpenProcess = 434;
    private const nint WholeGroup = 1 << 2; // From Linux 6.9.
    private const int InvalidArgument = 22;

    private readonly Process _process;
    private readonly SafeFileHandle? _handle;

    /// <summary>Makes it.</summary>
    /// <param name="process">The process; not owned.</param>
    public ProcessHandle(Process process)
    {
        _process = process;
        var number = OperatingSystem.IsLinux() ? syscall(OpenProcess, process.Id, 0) : -1;
        if (number < 0)
        {
            return;
        }

        // Not reaped even now: so the number was its own when the handle was opened.
        var handle = new SafeFileHandle(number, ownsHandle: true);
        if (process.HasExited)
        {
            handle.Dispose();
        }
        else
        {
            _handle = handle;
        }
    }

    /// <summary>Ends the process, and those that it started where it leads a group of them. Nothing happens to any other, whoever has its number by now.</summary>
    public void Kill()
    {
        var isByNumber = _handle is null || (syscall(SendSignal, _handle, KillSignal, 0, WholeGroup) < 0 && Marshal.GetLastPInvokeError() == InvalidArgument);
        if (isByNumber && !_process.HasExited)
        {
            WorkerLimits.KillSession(_process.Id);
        }

        if (_handle is not null)
        {
            _ = syscall(SendSignal, _handle, KillSignal, 0, 0);
        }
        else if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle?.Dispose();

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint syscall(nint number, nint process, nint flags);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint syscall(nint number, SafeFileHandle handle, nint signal, nint information, nint flags);
}
