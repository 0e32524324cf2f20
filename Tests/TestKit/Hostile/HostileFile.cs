using Sluice.Streams.Failures;

namespace Sluice.TestKit.Hostile;

/// <summary>A file made to do harm, and how it must be accounted for.</summary>
/// <param name="Name">File name, unique among the hostile files.</param>
/// <param name="Write">Writes its bytes.</param>
/// <param name="Verdict">How it is accounted for; null when it is indexed, if need be with replaced characters or as plain text.</param>
/// <param name="Reason">The reason; null when it is indexed.</param>
public sealed record HostileFile(string Name, Action<Stream> Write, Verdict? Verdict, string? Reason)
{
    /// <summary>A word that the parsed text must hold; null where there is none to expect.</summary>
    public string? Finds { get; init; }

    /// <summary>Writes the file into <paramref name="folder"/>.</summary>
    /// <returns>Its path.</returns>
    public string WriteTo(string folder)
    {
        var path = Path.Combine(folder, Name);
        using var file = File.Create(path);
        Write(file);
        return path;
    }

    /// <summary>Its bytes.</summary>
    public byte[] ToArray()
    {
        using var memory = new MemoryStream();
        Write(memory);
        return memory.ToArray();
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
