using System.Text.Json;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Sinks.Elastic;

/// <summary>Writes the fields of a chunk beside its text and its embedding.</summary>
internal static class ChunkFields
{
    /// <summary>Writes what may change while a chunk's text stays the same.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="chunk">The chunk.</param>
    /// <param name="complete">Whether what the chunk does not have is written as null.</param>
    public static void Write(Utf8JsonWriter json, Chunk chunk, bool complete = false)
    {
        if (chunk.Title is not null || complete)
        {
            json.WriteString(ElasticFields.Title, chunk.Title is null ? null : WellFormed.Text(chunk.Title));
        }

        if (chunk.HeadingPath.Count > 0 || complete)
        {
            json.WriteStartArray(ElasticFields.Headings);
            foreach (var heading in chunk.HeadingPath)
            {
                json.WriteStringValue(WellFormed.Text(heading));
            }

            json.WriteEndArray();
        }

        WritePlace(json, chunk.Place);
        WriteMetadata(json, chunk.Metadata, complete);
    }

    private static void WritePlace(Utf8JsonWriter json, Place place)
    {
        json.WriteStartObject(ElasticFields.Place);
        json.WriteNumber(ElasticFields.Start, place.Start);
        json.WriteNumber(ElasticFields.End, place.End);
        if (place.Line is { } line)
        {
            json.WriteNumber(ElasticFields.Line, line);
        }

        if (place.Page is { } page)
        {
            json.WriteNumber(ElasticFields.Page, page);
        }

        if (place.Row is { } row)
        {
            json.WriteNumber(ElasticFields.Row, row);
        }

        if (place.Part is { } part)
        {
            json.WriteString(ElasticFields.Part, WellFormed.Text(part));
        }

        if (place.Anchor is { } anchor)
        {
            json.WriteString(ElasticFields.Anchor, WellFormed.Text(anchor));
        }

        json.WriteEndObject();
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string>? metadata, bool complete)
    {
        if (metadata is null && !complete)
        {
            return;
        }

        // An empty one is not the same as none.
        var other = 0;
        json.WritePropertyName(ElasticFields.Metadata);
        if (metadata is null)
        {
            json.WriteNullValue();
        }
        else
        {
            json.WriteStartObject();
            foreach (var (key, value) in metadata)
            {
                if (MetadataKeys.IsSearchable(key, value))
                {
                    json.WriteString(MetadataKeys.Encode(WellFormed.Text(key)), WellFormed.Text(value));
                }
                else
                {
                    other++;
                }
            }

            json.WriteEndObject();
        }

        if (other > 0)
        {
            json.WriteStartObject(ElasticFields.LongMetadata);
            foreach (var (key, value) in metadata!)
            {
                if (!MetadataKeys.IsSearchable(key, value))
                {
                    json.WriteString(MetadataKeys.Encode(WellFormed.Text(key)), WellFormed.Text(value));
                }
            }

            json.WriteEndObject();
        }
        else if (complete)
        {
            json.WriteNull(ElasticFields.LongMetadata);
        }
    }
}
