using System.Text.Json;

namespace Sluice.Actors.Embedding.Default;

/// <summary>What was written into a model folder: lets a later start see with a few file look-ups that nothing has changed.</summary>
internal sealed class ModelStamp
{
    public const string FileName = ".sluice-stamp.json";

    /// <summary>Raised when the conversion changes what it writes.</summary>
    public const int CurrentVersion = 1;

    /// <summary>Version of the conversion.</summary>
    public int Version { get; set; }

    /// <summary>The files.</summary>
    public List<Entry> Files { get; set; } = [];

    /// <summary>Writes the stamp of a folder that is complete.</summary>
    public static void Write(string folder)
    {
        var stamp = new ModelStamp { Version = CurrentVersion };
        foreach (var path in Directory.EnumerateFiles(folder).Where(static path => Path.GetFileName(path) != FileName).Order(StringComparer.Ordinal))
        {
            var file = new FileInfo(path);
            stamp.Files.Add(new Entry { Path = file.Name, Size = file.Length, Modified = file.LastWriteTimeUtc.Ticks, Sha256 = DefaultModelPackage.FileHash(path) });
        }

        using var stream = new FileStream(Path.Combine(folder, FileName), FileMode.Create, FileAccess.Write, FileShare.None);
        JsonSerializer.Serialize(stream, stamp, StampJson.Default.ModelStamp);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>What is wrong with a folder; null when nothing is.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="verify">Whether to hash every file; otherwise only one whose time changed.</param>
    public static string? FindFault(string folder, bool verify)
    {
        ModelStamp? stamp;
        try
        {
            stamp = JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(folder, FileName)), StampJson.Default.ModelStamp);
        }
        catch (FileNotFoundException)
        {
            return $"{FileName} is missing, so it was not finished or is not Sluice's";
        }
        catch (JsonException)
        {
            return $"{FileName} is damaged";
        }

        if (stamp is not { Version: CurrentVersion } || DefaultModelConverter.Pins.Any(pin => stamp.Files.All(file => file.Path != pin.Path || file.Sha256 != pin.Sha256)))
        {
            return "it was made by another version of Sluice";
        }

        foreach (var entry in stamp.Files)
        {
            var path = Path.Combine(folder, entry.Path);
            var file = new FileInfo(path);
            if (!file.Exists)
            {
                return $"{entry.Path} is missing";
            }

            if (file.Length != entry.Size)
            {
                return $"{entry.Path} has {file.Length} bytes instead of {entry.Size}";
            }

            if ((verify || file.LastWriteTimeUtc.Ticks != entry.Modified) && DefaultModelPackage.FileHash(path) != entry.Sha256)
            {
                return $"the content of {entry.Path} was changed";
            }
        }

        return null;
    }

    /// <summary>A file of the folder.</summary>
    internal sealed class Entry
    {
        /// <summary>Its name.</summary>
        public string Path { get; set; } = "";

        /// <summary>Bytes.</summary>
        public long Size { get; set; }

        /// <summary>Ticks of its modification time, UTC.</summary>
        public long Modified { get; set; }

        /// <summary>Its hash, in lower-case hexadecimal.</summary>
        public string Sha256 { get; set; } = "";
    }
}
