namespace Sluice.Actors.Parsing.Sources.Files;

/// <summary>What a name in a folder stands for.</summary>
internal enum FileKind : byte
{
    /// <summary>The folder does not say; ask.</summary>
    Unknown,
    File,
    Folder,
    Link,

    /// <summary>A device, socket or pipe.</summary>
    Special,
}
