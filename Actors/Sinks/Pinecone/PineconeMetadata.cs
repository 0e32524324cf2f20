using System.Text;
using System.Text.Json;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Pinecone;

/// <summary>
/// A chunk as metadata: flat, no null, 40 KB at most. Document, URI, text and place are always there; title, headings and the user's metadata (each key behind
/// <c>meta_</c>) as far as there is room. Names are stored: never changed.
/// </summary>
internal static class PineconeMetadata
{
    /// <summary>Most bytes of a record's metadata.</summary>
    public const int MaxBytes = 40_960;

    public const string Document = "doc";
    public const string Uri = "uri";

    /// <summary>Host and path of the URI in its segments, by which globs are narrowed.</summary>
    public const string Segments = "segments";

    /// <summary>What stands before a key of the user's.</summary>
    public const string Prefix = "meta_";

    private const string Text = "text";
    private const string Title = "title";
    private const string Headings = "headings";

    /// <summary>Room that numbers, names and punctuation take at most.</summary>
    private const int Fixed = 512;

    /// <summary>Decides what of a chunk is kept.</summary>
    /// <returns>Bytes, and what there is no room for; a negative number of bytes when even text and URI are too long.</returns>
    public static PineconeFit Fit(VectorRecord record)
    {
        var chunk = record.Chunk;
        var bytes = Fixed + Bytes(record.Uri) + Bytes(chunk.Text) + Bytes(chunk.Place.Part) + Bytes(chunk.Place.Anchor) + SegmentsOf(record.Uri).Sum(static segment => Bytes(segment) + 1);
        if (bytes > MaxBytes)
        {
            return new PineconeFit(bytes, false, false, 0) { IsTooLarge = true };
        }

        var title = chunk.Title is null || bytes + Bytes(chunk.Title) <= MaxBytes;
        bytes += title ? Bytes(chunk.Title) : 0;
        var headingBytes = chunk.HeadingPath.Sum(static heading => Bytes(heading) + 1);
        var headings = bytes + headingBytes <= MaxBytes;
        bytes += headings ? headingBytes : 0;
        var pairs = 0;
        foreach (var (key, value) in Ordered(chunk))
        {
            var more = Bytes(key) + Bytes(value) + Prefix.Length + 8;
            if (bytes + more > MaxBytes)
            {
                break;
            }

            bytes += more;
            pairs++;
        }

        return new PineconeFit(bytes, title, headings, pairs);
    }

    /// <summary>Writes the metadata of a record.</summary>
    public static void Write(Utf8JsonWriter writer, VectorRecord record, PineconeFit fit)
    {
        var (chunk, place) = (record.Chunk, record.Chunk.Place);
        writer.WriteStartObject("metadata");
        writer.WriteString(Document, record.Document.Value);
        writer.WriteString(Uri, record.Uri);
        writer.WriteStartArray(Segments);
        foreach (var segment in SegmentsOf(record.Uri))
        {
            writer.WriteStringValue(segment);
        }

        writer.WriteEndArray();
        writer.WriteString(Text, chunk.Text);
        if (chunk.Title is not null && fit.Title)
        {
            writer.WriteString(Title, chunk.Title);
        }

        if (chunk.HeadingPath.Count > 0 && fit.Headings)
        {
            writer.WriteStartArray(Headings);
            foreach (var heading in chunk.HeadingPath)
            {
                writer.WriteStringValue(heading);
            }

            writer.WriteEndArray();
        }

        foreach (var (key, value) in Ordered(chunk).Take(fit.Pairs))
        {
            writer.WriteString(Prefix + key, value);
        }

        writer.WriteNumber("start", place.Start);
        writer.WriteNumber("end", place.End);
        Number("line", place.Line);
        Number("page", place.Page);
        Number("row", place.Row);
        if (place.Part is not null)
        {
            writer.WriteString("part", place.Part);
        }

        if (place.Anchor is not null)
        {
            writer.WriteString("anchor", place.Anchor);
        }

        writer.WriteEndObject();

        void Number(string name, long? value)
        {
            if (value is { } number)
            {
                writer.WriteNumber(name, number);
            }
        }
    }

    /// <summary>Everything of a record but its embedding.</summary>
    public static SearchHit Hit(JsonElement record, double score)
    {
        var metadata = record.GetProperty("metadata");
        Dictionary<string, string>? own = null;
        foreach (var pair in metadata.EnumerateObject().Where(static pair => pair.Name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            (own ??= new(StringComparer.Ordinal))[pair.Name[Prefix.Length..]] = pair.Value.ToString();
        }

        return new SearchHit(
            Id(record),
            metadata.GetProperty(Uri).GetString()!,
            metadata.GetProperty(Text).GetString()!,
            new Place(Number("start") ?? 0, Number("end") ?? 0) { Line = (int?)Number("line"), Page = (int?)Number("page"), Row = Number("row"), Part = String("part"), Anchor = String("anchor") },
            score)
        {
            Title = String(Title),
            HeadingPath = metadata.TryGetProperty(Headings, out var headings) ? [.. headings.EnumerateArray().Select(static heading => heading.GetString()!)] : [],
            Metadata = own,
        };

        // Numbers come back as Pinecone keeps them: in double precision.
        long? Number(string name) => metadata.TryGetProperty(name, out var value) ? (long)value.GetDouble() : null;

        string? String(string name) => metadata.TryGetProperty(name, out var value) ? value.GetString() : null;
    }

    /// <summary>The chunk that a record is of.</summary>
    /// <exception cref="StorageException">Something else than Sluice wrote it.</exception>
    public static ChunkId Id(JsonElement record) => record.GetProperty("id").TryGetGuid(out var id) ? new(id) : throw Foreign(record);

    /// <summary>Its document.</summary>
    /// <exception cref="StorageException">Something else than Sluice wrote it.</exception>
    public static DocumentId DocumentOf(JsonElement record) =>
        record.TryGetProperty("metadata", out var metadata) && metadata.TryGetProperty(Document, out var document) && document.TryGetGuid(out var id) ? new(id) : throw Foreign(record);

    /// <summary>Host and path of a URI in segments, each once.</summary>
    public static IEnumerable<string> SegmentsOf(string uri)
    {
        var (authority, path) = UriGlob.Split(uri);
        return (authority.Length > 0 ? path.Split('/').Prepend(authority) : path.Split('/')).Where(static segment => segment.Length > 0).Distinct(StringComparer.Ordinal);
    }

    /// <summary>Segments that every URI which a glob matches must have.</summary>
    public static IEnumerable<string> SegmentsOfGlob(string glob)
    {
        var start = glob.IndexOf("://", StringComparison.Ordinal);
        return (start < 0 ? glob : glob[(start + 3)..]).Split('/')
            .Where(static segment => segment.Length > 0 && segment is not "." && segment.IndexOfAny(['*', '?', '#', ':']) < 0)
            .Select(System.Uri.UnescapeDataString)
            .Where(static segment => !segment.Contains('/', StringComparison.Ordinal))
            .Distinct(StringComparer.Ordinal);
    }

    private static StorageException Foreign(JsonElement record) =>
        new($"The record {record.GetProperty("id")} was not written by Sluice. Give Sluice a namespace of its own: name another one, or remove that record.");

    private static IEnumerable<KeyValuePair<string, string>> Ordered(Chunk chunk) => chunk.Metadata?.OrderBy(static pair => pair.Key, StringComparer.Ordinal) ?? Enumerable.Empty<KeyValuePair<string, string>>();

    /// <summary>Bytes of a text in JSON: quotation marks, backslashes and control characters take more than their own.</summary>
    private static int Bytes(string? text)
    {
        if (text is null)
        {
            return 0;
        }

        var bytes = Encoding.UTF8.GetByteCount(text) + 3;
        foreach (var character in text)
        {
            bytes += character switch { '"' or '\\' => 1, < ' ' => 5, _ => 0 };
        }

        return bytes;
    }
}
