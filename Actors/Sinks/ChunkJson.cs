using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Sinks;

/// <summary>Parts of a chunk as JSON text, for databases that keep them in one field.</summary>
internal static class ChunkJson
{
    /// <summary>How text is escaped: as little as JSON allows, so that others can read it. Not for HTML.</summary>
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Metadata as a JSON object.</summary>
    public static string Metadata(IReadOnlyDictionary<string, string> metadata)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var writer = new Utf8JsonWriter(buffer, Options);
        Write(writer, metadata);
        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Writes metadata as a JSON object.</summary>
    public static void Write(Utf8JsonWriter writer, IReadOnlyDictionary<string, string> metadata)
    {
        writer.WriteStartObject();
        foreach (var (key, value) in metadata)
        {
            writer.WriteString(Whole(key), Whole(value));
        }

        writer.WriteEndObject();
    }

    /// <summary>Reads metadata; null for none, and for what is no such object because others wrote it.</summary>
    public static Dictionary<string, string>? ReadMetadata(string? json)
    {
        try
        {
            return string.IsNullOrEmpty(json) ? null : JsonSerializer.Deserialize<Dictionary<string, string>>(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Reads metadata; values that are no text are left out, since others wrote them.</summary>
    public static Dictionary<string, string>? ReadMetadata(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in json.EnumerateObject())
        {
            if (pair.Value.ValueKind == JsonValueKind.String)
            {
                metadata[pair.Name] = pair.Value.GetString()!;
            }
        }

        return metadata;
    }

    /// <summary>Writes a place as properties of an object that is open.</summary>
    public static void WritePlace(Utf8JsonWriter writer, Place place)
    {
        writer.WriteNumber("start", place.Start);
        writer.WriteNumber("end", place.End);
        Write(writer, "line", place.Line);
        Write(writer, "page", place.Page);
        Write(writer, "row", place.Row);
        Write(writer, "part", place.Part);
        Write(writer, "anchor", place.Anchor);
    }

    /// <summary>Reads a place from the properties of an object; from 0 to 0 when it has none.</summary>
    public static Place ReadPlace(JsonElement json) => json.ValueKind != JsonValueKind.Object ? new Place(0, 0) : new Place(Number(json, "start") ?? 0, Number(json, "end") ?? 0)
    {
        Line = (int?)Number(json, "line"),
        Page = (int?)Number(json, "page"),
        Row = Number(json, "row"),
        Part = Text(json, "part"),
        Anchor = Text(json, "anchor"),
    };

    /// <summary>The text with U+FFFD for each half of a surrogate pair that stands alone: such halves are no text and cannot be encoded.</summary>
    public static string Whole(string text) => WellFormed.Text(text);

    private static void Write(Utf8JsonWriter writer, string name, long? number)
    {
        if (number is { } value)
        {
            writer.WriteNumber(name, value);
        }
    }

    private static void Write(Utf8JsonWriter writer, string name, string? text)
    {
        if (text is not null)
        {
            writer.WriteString(name, Whole(text));
        }
    }

    private static long? Number(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
