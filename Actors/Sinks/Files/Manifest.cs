using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sluice.Actors.Sinks.Files;

/// <summary>What <c>manifest.json</c> says: which files belong together, and what is in them. Written last, so that what it names is whole.</summary>
internal sealed record Manifest
{
    public const string FileName = "manifest.json";

    /// <summary>Version of this form.</summary>
    public int Version { get; init; } = 1;

    public required string Format { get; init; }

    public required string Model { get; init; }

    public required string Fingerprint { get; init; }

    public required string Kind { get; init; }

    public int Dimension { get; init; }

    public required string Distance { get; init; }

    public long Records { get; init; }

    public required IReadOnlyList<Part> Parts { get; init; }

    /// <summary>Reads it; null where there is none, or none that is whole.</summary>
    public static Manifest? Read(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(Path.Join(folder, FileName)), ManifestJson.Default.Manifest);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, ManifestJson.Default.Manifest);

    /// <summary>A file.</summary>
    /// <param name="File">Its name.</param>
    /// <param name="Records">Its records.</param>
    /// <param name="Bytes">Its length.</param>
    /// <param name="Xxh128">XXH128 of its bytes, in hexadecimal digits.</param>
    public sealed record Part(string File, long Records, long Bytes, string Xxh128);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(Manifest))]
internal sealed partial class ManifestJson : JsonSerializerContext;
