using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Sluice.Actors.Storage.Sqlite;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers.Sqlite;

/// <summary>
/// The right to write a file, held by a lock of the operating system on <c>PATH.lock</c>: it ends with the process, however that ends. The lock file tells who
/// holds it; it stays behind, empty, because deleting it would let two runs lock two files of the same name.
/// </summary>
internal sealed partial class FileLease : IAsyncDisposable
{
    private const int WouldBlock = 11; // EAGAIN on Linux.
    private const int WouldBlockOnMac = 35;
    private const int SharingViolation = unchecked((int)0x80070020);

    private FileStream? _file;

    private FileLease(FileStream file) => _file = file;

    /// <summary>Takes the lease.</summary>
    /// <exception cref="LedgerHeldException">Another run holds it.</exception>
    public static async Task<FileLease> AcquireAsync(string path, LeaseRequest request, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var lockPath = path + ".lock";
        FileStream file;
        try
        {
            if (Path.GetDirectoryName(lockPath) is { Length: > 0 } folder)
            {
                Directory.CreateDirectory(folder);
            }

            file = new FileStream(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, OperatingSystem.IsWindows() ? FileShare.Read : FileShare.None);
        }
        catch (IOException exception) when (exception.HResult is WouldBlock or WouldBlockOnMac or SharingViolation)
        {
            throw new LedgerHeldException(Describe(path, ReadHolder(lockPath)));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw SqliteErrors.Translate(exception, lockPath);
        }

        try
        {
            file.SetLength(0);
            var holder = new LeaseHolder(Environment.ProcessId, Environment.MachineName, timeProvider.GetUtcNow(), request.Holder);
            await JsonSerializer.SerializeAsync(file, holder, cancellationToken: cancellationToken).ConfigureAwait(false);
            await file.FlushAsync(cancellationToken).ConfigureAwait(false);
            return new FileLease(file);
        }
        catch (IOException exception)
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw new StorageException($"'{lockPath}' cannot be written: {exception.Message} Make room on the disk and run again.", exception);
        }
        catch
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _file, null) is { } file)
        {
            file.SetLength(0);
            await file.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static string Describe(string path, LeaseHolder? holder) => holder is null
        ? $"'{path}' is being written by another run. Wait for it to end, or stop it."
        : string.Create(CultureInfo.InvariantCulture, $"'{path}' is being written by PID {holder.Process} on {holder.Machine} since {holder.Since:yyyy-MM-dd HH:mm:ss} UTC ({holder.Holder}). Wait for it to end, or stop it.");

    private static LeaseHolder? ReadHolder(string lockPath)
    {
        try
        {
            using var file = OpenBesideLock(lockPath);
            return JsonSerializer.Deserialize<LeaseHolder>(file);
        }
        catch (Exception exception) when (exception is IOException or JsonException or UnauthorizedAccessException)
        {
            return null; // It is just being written, or just gone.
        }
    }

    /// <summary>Opens for reading without asking for a lock, as .NET would.</summary>
    private static FileStream OpenBesideLock(string lockPath)
    {
        if (OperatingSystem.IsWindows())
        {
            return new FileStream(lockPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        }

        var descriptor = OpenFile(lockPath, 0);
        return descriptor >= 0
            ? new FileStream(new SafeFileHandle(descriptor, ownsHandle: true), FileAccess.Read)
            : throw new IOException($"'{lockPath}' cannot be opened");
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int OpenFile(string path, int flags);

    private sealed record LeaseHolder(int Process, string Machine, DateTimeOffset Since, string Holder);
}
