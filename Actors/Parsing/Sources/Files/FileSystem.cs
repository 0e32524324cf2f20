namespace Sluice.Actors.Parsing.Sources.Files;

/// <summary>The calls a source needs of a file system. Every one may throw <see cref="FileFailureException"/>. Safe for concurrent use.</summary>
internal abstract class FileSystem
{
    /// <summary>That of this machine.</summary>
    public static FileSystem Current { get; } = OperatingSystem.IsLinux() ? new LinuxFileSystem() : new PortableFileSystem();

    /// <summary>Adds the names in a folder, in no order, without <c>.</c> and <c>..</c>.</summary>
    public abstract void List(string folder, List<FileEntry> entries);

    /// <summary>Tells of a file.</summary>
    public abstract FileFacts Stat(string path, bool followLinks);

    /// <summary>Opens a regular file to be read from front to back; never waits on a pipe or a device.</summary>
    public abstract FileStream Open(string path);

    /// <summary>The absolute path without any links.</summary>
    public abstract string RealPath(string path);
}
