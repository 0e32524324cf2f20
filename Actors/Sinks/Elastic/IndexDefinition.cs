using System.Text.Json;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Elastic;

/// <summary>Writes the settings and mappings of a new index.</summary>
internal static class IndexDefinition
{
    /// <summary>Name of the analyzer of all text.</summary>
    public const string Analyzer = "sluice";

    private const string CharacterFilter = "sluice_words";
    private const string Stemmer = "sluice_stemmer";

    /// <summary>
    /// Characters inside of which the standard tokenizer sees no end of a word (Unicode Standard Annex 29, classes ExtendNumLet, MidLetter, MidNum and MidNumLet). They become
    /// spaces, so that <c>max_wal_size</c> is three words and <c>docs/a.md</c> is found by <c>a.md</c> and by <c>md</c>; a question is split alike.
    /// </summary>
    private const string Joiners = "_\u203F\u2040\u2054\uFE33\uFE34\uFE4D\uFE4E\uFE4F\uFF3F:\u00B7\u0387\u05F4\u2027\uFE13\uFE55\uFF1A.\u2018\u2019\u2024\uFE52\uFF07\uFF0E',;\u037E\u0589\u060C\u060D\u066C\u07F8\u2044\uFE10\uFE14\uFE50\uFE54\uFF0C\uFF1B";

    /// <summary>Writes the body of <c>PUT /INDEX</c>.</summary>
    public static void Write(Utf8JsonWriter json, EmbeddingModelInfo model, CollectionInfo info, ElasticAddress address, ElasticOptions options, ElasticDialect dialect)
    {
        var language = address.Language ?? ElasticAddress.DefaultLanguage;
        json.WriteStartObject();
        WriteSettings(json, address, language, dialect);
        json.WriteStartObject("mappings");
        json.WriteString("dynamic", "false");
        ElasticIndex.WriteMeta(json, info, language, address.VectorIndex);
        json.WriteStartObject("properties");
        WriteField(json, ElasticFields.Chunk, "keyword");
        WriteField(json, ElasticFields.Document, "keyword");
        WriteField(json, ElasticFields.Uri, "keyword", ElasticFields.MaxSearchedValue);
        WriteField(json, ElasticFields.UriPlain, "keyword", ElasticFields.MaxSearchedValue);
        WriteField(json, ElasticFields.Path, "keyword", ElasticFields.MaxSearchedValue);
        WriteText(json, ElasticFields.Text);
        WriteText(json, ElasticFields.Title);
        WriteText(json, ElasticFields.Headings);
        WriteField(json, ElasticFields.Metadata, dialect.MetadataType);
        json.WriteStartObject(ElasticFields.LongMetadata);
        json.WriteString("type", "object");
        json.WriteBoolean("enabled", false);
        json.WriteEndObject();
        WritePlace(json);
        dialect.WriteMapping(json, model, address.VectorIndex, options);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteSettings(Utf8JsonWriter json, ElasticAddress address, string language, ElasticDialect dialect)
    {
        json.WriteStartObject("settings");
        json.WriteStartObject("index");
        if (address.Shards is { } shards)
        {
            json.WriteNumber("number_of_shards", shards);
        }

        dialect.WriteSettings(json);
        json.WriteStartObject("analysis");
        json.WriteStartObject("char_filter");
        json.WriteStartObject(CharacterFilter);
        json.WriteString("type", "mapping");
        json.WriteStartArray("mappings");
        foreach (var joiner in Joiners)
        {
            json.WriteStringValue($"\\u{(int)joiner:X4}=>\\u0020");
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
        var stems = language != "simple";
        if (stems)
        {
            json.WriteStartObject("filter");
            json.WriteStartObject(Stemmer);
            json.WriteString("type", "stemmer");
            json.WriteString("language", language);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteStartObject("analyzer");
        json.WriteStartObject(Analyzer);
        json.WriteString("type", "custom");
        json.WriteStartArray("char_filter");
        json.WriteStringValue(CharacterFilter);
        json.WriteEndArray();
        json.WriteString("tokenizer", "standard");
        json.WriteStartArray("filter");
        json.WriteStringValue("lowercase");
        json.WriteStringValue("asciifolding");
        if (stems)
        {
            json.WriteStringValue(Stemmer);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WritePlace(Utf8JsonWriter json)
    {
        json.WriteStartObject(ElasticFields.Place);
        json.WriteString("dynamic", "false");
        json.WriteStartObject("properties");
        WriteField(json, ElasticFields.Line, "integer");
        WriteField(json, ElasticFields.Page, "integer");
        WriteField(json, ElasticFields.Row, "long");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteField(Utf8JsonWriter json, string name, string type, int? ignoreAbove = null)
    {
        json.WriteStartObject(name);
        json.WriteString("type", type);
        if (ignoreAbove is { } most)
        {
            json.WriteNumber("ignore_above", most);
        }

        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, string name)
    {
        json.WriteStartObject(name);
        json.WriteString("type", "text");
        json.WriteString("analyzer", Analyzer);
        json.WriteEndObject();
    }
}
