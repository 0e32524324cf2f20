using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Sluice.Actors.Parsing.Sources.Files;

/// <summary>Other systems, by what .NET offers. It cannot tell pipes and devices from files there.</summary>
internal sealed class PortableFileSystem : FileSystem
{
    public override void List(string folder, List<FileEntry> entries) => Try<object?>(() =>
    {
        foreach (var info in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = FileAttributes.None }))
        {
            entries.Add(new(info.Name, KindOf(info.Attributes)));
        }

        return null;
    });

    public override FileFacts Stat(string path, bool followLinks) => Try(() =>
    {
        FileSystemInfo info = new FileInfo(path);
        if (info.Attributes.HasFlag(FileAttributes.ReparsePoint) && followLinks)
        {
            info = info.ResolveLinkTarget(returnFinalTarget: true) ?? info;
        }

        var kind = KindOf(info.Attributes);
        var hash = XxHash128.HashToUInt128(MemoryMarshal.AsBytes(info.FullName.AsSpan()));
        return new FileFacts(
            kind,
            kind == FileKind.File ? new FileInfo(info.FullName).Length : 0,
            new DateTimeOffset(info.LastWriteTimeUtc, TimeSpan.Zero),
            new((ulong)(hash >> 64), (ulong)hash));
    });

    public override FileStream Open(string path) =>
        Try(() => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 64 * 1024, FileOptions.SequentialScan));

    public override string RealPath(string path) =>
        Try(() => File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path));

    private static FileKind KindOf(FileAttributes attributes) =>
        attributes.HasFlag(FileAttributes.ReparsePoint) ? FileKind.Link
        : attributes.HasFlag(FileAttributes.Directory) ? FileKind.Folder
        : attributes.HasFlag(FileAttributes.Device) ? FileKind.Special
        : FileKind.File;

    private static T Try<T>(Func<T> call)
    {
        try
        {
            return call();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new FileFailureException(
                exception switch
                {
                    FileNotFoundException or DirectoryNotFoundException => FileFailure.Missing,
                    UnauthorizedAccessException => FileFailure.Refused,
                    PathTooLongException => FileFailure.NameTooLong,
                    _ => FileFailure.Passing,
                },
                exception.Message);
        }
    }
}
