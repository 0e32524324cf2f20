using System.Text.Json;
using Sluice.Hosting.Cli.Text;
using Sluice.Hosting.Configuration;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Cli.Json;

/// <summary>The array that <c>search --json</c> writes.</summary>
internal static class HitsJson
{
    /// <summary>Writes the hits, best first.</summary>
    /// <param name="json">The writer.</param>
    /// <param name="hits">The hits.</param>
    /// <param name="workingDirectory">What paths are relative to.</param>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<SearchHit> hits, string workingDirectory)
    {
        json.WriteStartArray();
        foreach (var hit in hits)
        {
            json.WriteStartObject();
            json.WriteString("uri", Secrets.Redact(hit.Uri));
            json.WriteString("place", Places.OfPiece(hit.Uri, hit.Place, workingDirectory));
            json.WriteNumber("score", Math.Round(hit.Score, 6));
            json.WriteString("text", hit.Text);
            WriteOptional(json, "title", hit.Title);
            json.WriteStartArray("headings");
            foreach (var heading in hit.HeadingPath)
            {
                json.WriteStringValue(heading);
            }

            json.WriteEndArray();
            WritePlace(json, hit);
            json.WriteString("chunk", hit.Id.ToString());
            json.WriteStartObject("metadata");
            foreach (var (key, value) in (hit.Metadata ?? new Dictionary<string, string>(StringComparer.Ordinal)).OrderBy(static entry => entry.Key, StringComparer.Ordinal))
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WritePlace(Utf8JsonWriter json, SearchHit hit)
    {
        if (hit.Place.Line is { } line)
        {
            json.WriteNumber("line", line);
        }

        if (hit.Place.Page is { } page)
        {
            json.WriteNumber("page", page);
        }

        if (hit.Place.Row is { } row)
        {
            json.WriteNumber("row", row);
        }

        WriteOptional(json, "part", hit.Place.Part);
        WriteOptional(json, "anchor", hit.Place.Anchor);
        json.WriteNumber("start", hit.Place.Start);
        json.WriteNumber("end", hit.Place.End);
    }

    private static void WriteOptional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
