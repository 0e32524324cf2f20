namespace Sluice.Actors.Parsing.Sources.Files;

/// <summary>A name in a folder.</summary>
/// <param name="Name">The name; bytes that are not UTF-8 stand in it as <see cref="PathText"/> says.</param>
/// <param name="Kind">What it is, where the folder says.</param>
internal readonly record struct FileEntry(string Name, FileKind Kind);

/// <summary>What a file system tells of a file.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Length">Size in bytes.</param>
/// <param name="Modified">Last modification.</param>
/// <param name="Identity">The same for two paths exactly when they lead to the same file.</param>
internal readonly record struct FileFacts(FileKind Kind, long Length, DateTimeOffset Modified, FileIdentity Identity)
{
    /// <summary>When it was made, in nanoseconds since 1970, where the file system tells. With the number it names a file wherever its file system is mounted.</summary>
    public long? Born { get; init; }
}

/// <summary>Device and number of a file; a hash of the path where a system has no such thing.</summary>
/// <param name="Device">The device.</param>
/// <param name="Number">The number on it.</param>
internal readonly record struct FileIdentity(ulong Device, ulong Number);
