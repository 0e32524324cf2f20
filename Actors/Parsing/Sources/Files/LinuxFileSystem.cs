using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sluice.Actors.Parsing.Sources.Files;

/// <summary>
/// Linux by its own calls, because those of .NET can neither name a file whose name is not UTF-8, nor tell a pipe from a file before it is opened (which hangs).
/// </summary>
internal sealed unsafe partial class LinuxFileSystem : FileSystem
{
    private const int CurrentFolder = -100;
    private const int NoFollow = 0x100;
    private const int EmptyPath = 0x1000;
    private const uint BasicStats = 0x7ff;
    private const uint Birth = 0x800;
    private const int ReadOnlyNonBlocking = 0x800 | 0x80000 | 0x100; // O_NONBLOCK, O_CLOEXEC, O_NOCTTY
    private const int NameOffset = 19;
    private const int TypeOffset = 18;
    private const int NotPermitted = 1;
    private const int NoSuchFile = 2;
    private const int NoSuchDevice = 6;
    private const int AccessDenied = 13;
    private const int NotAFolder = 20;
    private const int IsAFolder = 21;
    private const int NameTooLong = 36;
    private const int TooManyLinks = 40;

    public override void List(string folder, List<FileEntry> entries)
    {
        fixed (byte* path = Terminated(folder))
        {
            var handle = opendir(path);
            if (handle == 0)
            {
                throw Failure(Marshal.GetLastPInvokeError());
            }

            try
            {
                byte* entry;
                while ((entry = readdir(handle)) != null)
                {
                    var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry + NameOffset);
                    if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                    {
                        entries.Add(new(PathText.FromBytes(name), KindOf(entry[TypeOffset])));
                    }
                }

                if (Marshal.GetLastPInvokeError() is not 0 and var error)
                {
                    throw Failure(error);
                }
            }
            finally
            {
                _ = closedir(handle);
            }
        }
    }

    public override FileFacts Stat(string path, bool followLinks)
    {
        fixed (byte* bytes = Terminated(path))
        {
            return Facts(CurrentFolder, bytes, followLinks ? 0 : NoFollow);
        }
    }

    public override FileStream Open(string path)
    {
        SafeFileHandle handle;
        fixed (byte* bytes = Terminated(path))
        {
            var descriptor = open(bytes, ReadOnlyNonBlocking);
            if (descriptor < 0)
            {
                throw Failure(Marshal.GetLastPInvokeError());
            }

            handle = new SafeFileHandle(descriptor, ownsHandle: true);
        }

        try
        {
            fixed (byte* empty = "\0"u8)
            {
                if (Facts((int)handle.DangerousGetHandle(), empty, EmptyPath).Kind != FileKind.File)
                {
                    throw new FileFailureException(FileFailure.NotAFile, "not a regular file");
                }
            }

            _ = fcntl((int)handle.DangerousGetHandle(), command: 4, 0); // F_SETFL: it is a file, so reads may wait for the disk.
            _ = posix_fadvise((int)handle.DangerousGetHandle(), 0, 0, advice: 2); // Sequential; only a hint.
            return new FileStream(handle, FileAccess.Read, bufferSize: 64 * 1024, isAsync: false);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public override string RealPath(string path)
    {
        fixed (byte* bytes = Terminated(path))
        {
            var real = realpath(bytes, null);
            if (real == null)
            {
                throw Failure(Marshal.GetLastPInvokeError());
            }

            try
            {
                return PathText.FromBytes(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(real));
            }
            finally
            {
                NativeMemory.Free(real);
            }
        }
    }

    private static FileFacts Facts(int folder, byte* path, int flags)
    {
        StatxResult result;
        if (statx(folder, path, flags, BasicStats | Birth, &result) != 0)
        {
            throw Failure(Marshal.GetLastPInvokeError());
        }

        var kind = (result.Mode & 0xF000) switch
        {
            0x8000 => FileKind.File,
            0x4000 => FileKind.Folder,
            0xA000 => FileKind.Link,
            _ => FileKind.Special,
        };
        return new(kind, (long)result.Size, Time(result.ModifiedSeconds, result.ModifiedNanoseconds), new((ulong)result.DeviceMajor << 32 | result.DeviceMinor, result.Inode))
        {
            Born = (result.Mask & Birth) == 0 ? null : unchecked((result.BornSeconds * 1_000_000_000) + result.BornNanoseconds), // Only compared.
        };
    }

    private static DateTimeOffset Time(long seconds, uint nanoseconds)
    {
        const long last = 253_402_300_799; // The last second of the year 9999.
        const long first = -62_135_596_800; // The first of the year 1.
        return DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(seconds, first, last)).AddTicks(nanoseconds / 100);
    }

    private static FileKind KindOf(byte type) => type switch
    {
        4 => FileKind.Folder,
        8 => FileKind.File,
        10 => FileKind.Link,
        0 => FileKind.Unknown,
        _ => FileKind.Special,
    };

    private static FileFailureException Failure(int error) => new(
        error switch
        {
            NoSuchFile or NotAFolder => FileFailure.Missing,
            NotPermitted or AccessDenied => FileFailure.Refused,
            TooManyLinks => FileFailure.Loop,
            NoSuchDevice or IsAFolder => FileFailure.NotAFile,
            NameTooLong => FileFailure.NameTooLong,
            _ => FileFailure.Passing,
        },
        Marshal.GetPInvokeErrorMessage(error));

    private static byte[] Terminated(string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            throw new FileFailureException(FileFailure.Missing, "a path cannot contain a NUL");
        }

        return [.. PathText.ToBytes(path), 0];
    }

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int statx(int folder, byte* path, int flags, uint mask, StatxResult* result);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint opendir(byte* path);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial byte* readdir(nint folder);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int closedir(nint folder);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int open(byte* path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial byte* realpath(byte* path, byte* buffer);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int fcntl(int file, int command, nint argument);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int posix_fadvise(int file, long offset, long length, int advice);

    /// <summary>The kernel's <c>struct statx</c>, the same on every architecture.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatxResult
    {
        [FieldOffset(0)]
        public uint Mask;

        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(40)]
        public ulong Size;

        [FieldOffset(80)]
        public long BornSeconds;

        [FieldOffset(88)]
        public uint BornNanoseconds;

        [FieldOffset(112)]
        public long ModifiedSeconds;

        [FieldOffset(120)]
        public uint ModifiedNanoseconds;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }
}
