using System.Globalization;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Pgvector;

/// <summary>
/// Names and making of a collection's tables. Vectors have a table of their own: an update of a chunk's place does not touch the vector index then, and an exact
/// comparison reads nothing else. Names hold no double underscore themselves, so two collections' tables never meet.
/// </summary>
internal sealed class CollectionTables
{
    /// <summary>Most dimensions of a vector.</summary>
    public const int MaxDimension = 16_000;

    /// <summary>Most dimensions of an HNSW index over half-precision vectors; over single-precision ones it is half of that.</summary>
    public const int MaxIndexedDimension = 4_000;

    /// <summary>Up to this many dimensions a vector fits into its row, beside which at most one of a page's 8 KiB would be lost.</summary>
    private const int MaxInlineDimension = 1_990;

    public CollectionTables(string schema, string name)
    {
        var quoted = Quote(schema);
        Schema = quoted;
        Name = name;
        Collections = $"{quoted}.sluice_collections";
        Documents = $"{quoted}.{name}__documents";
        Chunks = $"{quoted}.{name}__chunks";
        Vectors = $"{quoted}.{name}__vectors";
        IndexName = $"{name}__vectors_hnsw";
    }

    /// <summary>The collection's name.</summary>
    public string Name { get; }

    /// <summary>The schema, quoted.</summary>
    public string Schema { get; }

    /// <summary>The table that lists the collections of the schema.</summary>
    public string Collections { get; }

    public string Documents { get; }

    public string Chunks { get; }

    public string Vectors { get; }

    /// <summary>Name of the vector index.</summary>
    public string IndexName { get; }

    public string CreateCollections =>
        $"""
        CREATE TABLE IF NOT EXISTS {Collections}(
          name text PRIMARY KEY, model text NOT NULL, fingerprint text NOT NULL, kind text NOT NULL, dimension integer NOT NULL, distance text NOT NULL, language text NOT NULL)
        """;

    /// <summary>Whether words are taken as they are.</summary>
    public static bool IsPlain(string language) => language is "simple";

    public static string Quote(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>The text search configuration of a language, as an expression.</summary>
    public string Configuration(string language) => $"'{ConfigurationName(language).Replace("'", "''", StringComparison.Ordinal)}'::pg_catalog.regconfig";

    /// <summary>
    /// Makes the configuration of a language that has a stemmer: as the server's own, but without a list of stop words, or texts of such words alone would never be found.
    /// </summary>
    public IEnumerable<string> CreateConfiguration(string language) => IsPlain(language)
        ? []
        : [
            $"CREATE TEXT SEARCH DICTIONARY {ConfigurationName(language)} (TEMPLATE = pg_catalog.snowball, LANGUAGE = {language})",
            $"CREATE TEXT SEARCH CONFIGURATION {ConfigurationName(language)} (COPY = pg_catalog.{language})",
            $"ALTER TEXT SEARCH CONFIGURATION {ConfigurationName(language)} ALTER MAPPING REPLACE pg_catalog.{language}_stem WITH {ConfigurationName(language)}",
        ];

    public IEnumerable<string> Create(CollectionInfo info, PgvectorExtension extension) =>
    [
        $"CREATE TABLE {Documents}(id uuid PRIMARY KEY, uri text NOT NULL, plain text, site text NOT NULL, path text NOT NULL)",
        $"""
        CREATE TABLE {Chunks}(
          id       uuid PRIMARY KEY,
          document uuid NOT NULL,
          start    bigint NOT NULL,
          stop     bigint NOT NULL,
          line     integer,
          page     integer,
          record   bigint,
          part     text,
          anchor   text,
          title    text,
          headings jsonb,
          metadata jsonb,
          text     text NOT NULL,
          words    tsvector NOT NULL)
        """,
        $"CREATE INDEX {Name}__chunks_document ON {Chunks}(document, id)",
        $"CREATE INDEX {Name}__chunks_words ON {Chunks} USING gin(words)",
        string.Create(CultureInfo.InvariantCulture, $"CREATE TABLE {Vectors}(id uuid PRIMARY KEY, embedding {extension.Schema}.vector({info.Dimension}) NOT NULL)"),
        $"ALTER TABLE {Vectors} ALTER COLUMN embedding SET STORAGE {(info.Dimension <= MaxInlineDimension ? "PLAIN" : "EXTERNAL")}",
    ];

    public IEnumerable<string> Drop() => [$"DROP TABLE IF EXISTS {Vectors}", $"DROP TABLE IF EXISTS {Chunks}", $"DROP TABLE IF EXISTS {Documents}"];

    /// <summary>Makes the vector index; null where there can be none for so many dimensions.</summary>
    public string? CreateIndex(CollectionInfo info, PgvectorExtension extension, PgvectorOptions options)
    {
        if (info.Dimension > MaxIndexedDimension)
        {
            return null;
        }

        var half = IsIndexedAsHalf(info);
        var column = half ? $"(embedding::{extension.Schema}.halfvec({Number(info.Dimension)}))" : "embedding";
        var comparison = info.Distance switch
        {
            Distance.Cosine => "cosine",
            Distance.Dot => "ip",
            _ => "l2",
        };
        return $"CREATE INDEX IF NOT EXISTS {IndexName} ON {Vectors} USING hnsw ({column} {extension.Schema}.{(half ? "halfvec" : "vector")}_{comparison}_ops) "
            + $"WITH (m = {Number(options.HnswLinks)}, ef_construction = {Number(Math.Max(options.HnswConstruction, 2 * options.HnswLinks))})";
    }

    /// <summary>The distance between the stored vector <c>embedding</c> and the question <c>$1</c>, exactly.</summary>
    public static string ExactDistance(CollectionInfo info, PgvectorExtension extension) => $"(embedding {Operator(info, extension)} $1::{extension.Schema}.vector)";

    /// <summary>The distance in the form that the index knows.</summary>
    public static string IndexedDistance(CollectionInfo info, PgvectorExtension extension)
    {
        var half = $"{extension.Schema}.halfvec({Number(info.Dimension)})";
        return IsIndexedAsHalf(info)
            ? $"((embedding::{half}) {Operator(info, extension)} $1::{extension.Schema}.vector::{half})"
            : ExactDistance(info, extension);
    }

    private string ConfigurationName(string language) => IsPlain(language) ? "pg_catalog.simple" : $"{Schema}.sluice_{language}";

    private static bool IsIndexedAsHalf(CollectionInfo info) => info.Dimension > MaxIndexedDimension / 2;

    private static string Operator(CollectionInfo info, PgvectorExtension extension) => $"OPERATOR({extension.Schema}.{info.Distance switch
    {
        Distance.Cosine => "<=>",
        Distance.Dot => "<#>",
        _ => "<->",
    }})";

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
