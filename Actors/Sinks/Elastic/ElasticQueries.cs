using System.Text.Json;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Elastic;

/// <summary>Writes the parts of searches that both databases share.</summary>
internal static class ElasticQueries
{
    /// <summary>What limits a search; null for nothing.</summary>
    public static Action<Utf8JsonWriter>? Filter(SearchQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return query.UriGlob is null && query.Metadata.Count == 0 ? null : json => WriteFilter(json, query);
    }

    /// <summary>Writes a query that matches what a filter lets pass, scoring nothing.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="filter">The filter; null for all.</param>
    /// <param name="field">A field that must be there.</param>
    public static void WriteAll(Utf8JsonWriter json, Action<Utf8JsonWriter>? filter, string field)
    {
        json.WriteStartObject();
        json.WriteStartObject("bool");
        json.WriteStartArray("filter");
        json.WriteStartObject();
        json.WriteStartObject("exists");
        json.WriteString("field", field);
        json.WriteEndObject();
        json.WriteEndObject();
        filter?.Invoke(json);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Writes a full text query: any of the terms, titles counting three times, headings twice.</summary>
    public static void WriteWords(Utf8JsonWriter json, IReadOnlyList<QuestionTerm> terms, Action<Utf8JsonWriter>? filter)
    {
        json.WriteStartObject();
        json.WriteStartObject("bool");
        json.WriteStartArray("should");
        foreach (var term in terms)
        {
            json.WriteStartObject();
            json.WriteStartObject("multi_match");
            json.WriteString("query", WellFormed.Text(term.Words.Trim()));
            json.WriteString("type", term.Prefix ? "phrase_prefix" : term.Words.AsSpan().Trim().Contains(' ') ? "phrase" : "most_fields");
            json.WriteStartArray("fields");
            json.WriteStringValue(ElasticFields.Text);
            json.WriteStringValue(ElasticFields.Title + "^3");
            json.WriteStringValue(ElasticFields.Headings + "^2");
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("minimum_should_match", 1);
        if (filter is not null)
        {
            json.WriteStartArray("filter");
            filter(json);
            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Writes one query that all filters must match: an object.</summary>
    private static void WriteFilter(Utf8JsonWriter json, SearchQuery query)
    {
        json.WriteStartObject();
        json.WriteStartObject("bool");
        json.WriteStartArray("filter");
        if (query.UriGlob is not null)
        {
            var glob = new UriGlob(query.UriGlob);
            var regex = LuceneRegex.Translate(glob);
            json.WriteStartObject();
            json.WriteStartObject("bool");
            json.WriteStartArray("should");
            WriteRegex(json, glob.IsWhole ? ElasticFields.Uri : ElasticFields.Path, regex);
            if (glob.IsWhole)
            {
                WriteRegex(json, ElasticFields.UriPlain, regex);
            }

            json.WriteEndArray();
            json.WriteNumber("minimum_should_match", 1);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        foreach (var (key, value) in query.Metadata)
        {
            json.WriteStartObject();
            json.WriteStartObject("term");
            json.WriteStartObject($"{ElasticFields.Metadata}.{MetadataKeys.Encode(WellFormed.Text(key))}");
            json.WriteString("value", WellFormed.Text(value));
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteRegex(Utf8JsonWriter json, string field, string regex)
    {
        json.WriteStartObject();
        json.WriteStartObject("regexp");
        json.WriteStartObject(field);
        json.WriteString("value", regex);
        json.WriteString("flags", "NONE");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
