using System.Buffers;
using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Sinks.Elastic;

/// <summary>What an <c>elasticsearch://</c> or <c>opensearch://</c> address says beside what all addresses say.</summary>
/// <param name="Server">Where it is, and the index.</param>
/// <param name="VectorIndex">How vectors are indexed: Elasticsearch's <c>index_options.type</c>, OpenSearch's engine; <c>none</c> for no vector index.</param>
/// <param name="Language">Language whose word forms count as one, or <c>simple</c>; null where the address does not say.</param>
/// <param name="Shards">Primary shards of a new index; null for the server's default.</param>
/// <param name="Gzip">Whether bulk requests are compressed.</param>
/// <param name="Bearer">Whether the key is a bearer token, not an API key.</param>
internal sealed record ElasticAddress(SinkAddress Server, string VectorIndex, string? Language, int? Shards, bool Gzip, bool Bearer)
{
    public const string DefaultLanguage = "english";

    private const int MaxNameBytes = 255;

    private static readonly SearchValues<char> s_illegal = SearchValues.Create("\\/*?\"<>| ,#:");

    /// <summary>Languages that the servers have a stemmer for.</summary>
    private static readonly string[] s_languages =
    [
        "simple", "arabic", "armenian", "basque", "bengali", "brazilian", "bulgarian", "catalan", "czech", "danish", "dutch", "english", "estonian", "finnish", "french", "galician",
        "german", "greek", "hindi", "hungarian", "indonesian", "irish", "italian", "latvian", "lithuanian", "norwegian", "portuguese", "romanian", "russian", "sorani", "spanish", "swedish", "turkish",
    ];

    /// <summary>Reads an address.</summary>
    /// <exception cref="ConfigurationException">It is malformed.</exception>
    public static ElasticAddress Parse(string uri, ElasticDialect dialect)
    {
        ArgumentNullException.ThrowIfNull(dialect);
        var address = SinkAddress.Parse(uri, new SinkAddressShape(dialect.Database, dialect.Scheme, dialect.Example, 9200, ["index", "language", "shards", "gzip", "auth"])
        {
            TakesPassword = true,
            CheckCollection = CheckIndexName,
        });
        var language = address.Text("language") is null ? null : address.Choice("language", DefaultLanguage, s_languages);
        var shards = address.Text("shards") is null ? (int?)null : address.Number("shards", 1, 1, 1_024);
        var bearer = address.Choice("auth", "key", "key", "bearer") is "bearer";
        if (bearer && address.User is not null)
        {
            throw address.Wrong("it names a user, which is for a password, and auth=bearer, which is for a token; choose one");
        }

        return new ElasticAddress(address, address.Choice("index", dialect.VectorIndexes[0], [.. dialect.VectorIndexes]), language, shards, address.Flag("gzip", false), bearer);
    }

    private static string? CheckIndexName(string name)
    {
        const string Rule = "use lower-case letters, digits, dots, dashes and underscores, not a dash, underscore or plus at the beginning, at most 255 bytes";
        return name is "." or ".." || name.Length == 0 || name[0] is '-' or '_' or '+' || System.Text.Encoding.UTF8.GetByteCount(name) > MaxNameBytes
            || name.AsSpan().ContainsAny(s_illegal) || name.Any(char.IsUpper)
            ? Rule
            : null;
    }
}
