using System.Buffers;
using System.Text;
using System.Text.Json;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks;

/// <summary>
/// What a collection holds, as one line of text in its description, for databases whose schema does not say it: a sentence for people and a JSON object.
/// </summary>
internal static class CollectionMarker
{
    private const string Sentence = "Written by Sluice. ";

    /// <summary>Makes the line.</summary>
    public static string Write(CollectionInfo info)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var writer = new Utf8JsonWriter(buffer, ChunkJson.Options);
        writer.WriteStartObject();
        writer.WriteNumber("sluice", 1);
        writer.WriteString("model", ChunkJson.Whole(info.ModelName));
        writer.WriteString("fingerprint", info.ModelFingerprint);
        writer.WriteString("kind", info.Kind.ToString());
        writer.WriteNumber("dimension", info.Dimension);
        writer.WriteString("distance", info.Distance.ToString());
        writer.WriteEndObject();
        writer.Flush();
        return Sentence + Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Reads the line; null when the text is no such line.</summary>
    public static CollectionInfo? Read(string? text)
    {
        if (text?.StartsWith(Sentence, StringComparison.Ordinal) is not true)
        {
            return null;
        }

        try
        {
            using var json = JsonDocument.Parse(text.AsMemory(Sentence.Length));
            var root = json.RootElement;
            return root.GetProperty("sluice").GetInt32() != 1 ? null : new CollectionInfo(
                root.GetProperty("model").GetString()!,
                root.GetProperty("fingerprint").GetString()!,
                Enum.Parse<EmbeddingKind>(root.GetProperty("kind").GetString()!),
                root.GetProperty("dimension").GetInt32(),
                Enum.Parse<Distance>(root.GetProperty("distance").GetString()!));
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException or FormatException)
        {
            return null; // Edited by somebody: no longer such a line.
        }
    }
}
