using System.Globalization;
using Sluice.Actors.Storage.Postgres;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Sinks.Pgvector;

/// <summary>
/// What a <c>pgvector://USER:PASSWORD@HOST:PORT/DATABASE?schema=NAME&amp;collection=NAME&amp;index=hnsw|none&amp;language=NAME</c> URI says. The other parameters are
/// those of every PostgreSQL address.
/// </summary>
/// <param name="Server">Where the database is.</param>
/// <param name="Collection">Name of the collection. Default <c>chunks</c>.</param>
/// <param name="Hnsw">Whether the collection is to have an HNSW index. Default true.</param>
/// <param name="Language">Language whose words are stemmed, or <c>simple</c>; null where the URI does not say, which is <see cref="DefaultLanguage"/> for a new collection.</param>
internal sealed record PgvectorAddress(PostgresAddress Server, string Collection, bool Hnsw, string? Language)
{
    public const string Scheme = "pgvector";
    public const string Example = "pgvector://me@127.0.0.1:5432/db?collection=chunks";
    public const string DefaultCollection = "chunks";
    public const string DefaultLanguage = "english";

    private const int DefaultPool = 16;
    private const int ReadingConnections = 8;

    /// <summary>The longest name whose tables' and indexes' names PostgreSQL does not cut.</summary>
    private const int MaxCollection = 40;

    /// <summary>Its identity in the ledger: the place and the collection, without user, secret and what may change from run to run.</summary>
    public string Name => $"{Scheme}://{Server.Display}?schema={Uri.EscapeDataString(Server.Schema)}&collection={Collection}";

    /// <summary>Reads the URI.</summary>
    /// <param name="uri">The URI.</param>
    /// <param name="writers">Connections that are kept for writing: the pool must be larger, or reading would wait for ever.</param>
    /// <exception cref="ConfigurationException">It is malformed.</exception>
    public static PgvectorAddress Parse(string uri, int writers)
    {
        ArgumentNullException.ThrowIfNull(uri);
        var hnsw = true;
        string? language = null;
        var question = uri.IndexOf('?', StringComparison.Ordinal);
        var rest = new List<string>();
        foreach (var part in question < 0 ? [] : uri[(question + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var value = equals < 0 ? "" : Uri.UnescapeDataString(part[(equals + 1)..]);
            switch (equals < 0 ? part : part[..equals])
            {
                case "index":
                    hnsw = value is "hnsw" || (value is "none" ? false : throw Wrong($"index is '{value}'; it may be hnsw or none"));
                    break;
                case "language":
                    language = value.Length > 0 && value.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_')
                        ? value
                        : throw Wrong($"language is '{value}'; it may be simple, english, german or another language that the server has a stemmer for (psql: \\dFd *_stem)");
                    break;
                case "pool" when !int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var pool) || pool < writers + 2:
                    throw Wrong(string.Create(CultureInfo.InvariantCulture, $"pool is '{value}'; with {writers} writers (sluice.sinks.pgvector.writers) at least {writers + 2} connections are needed"));
                default:
                    rest.Add(part);
                    break;
            }
        }

        if (!rest.Exists(static part => part.StartsWith("pool=", StringComparison.Ordinal)))
        {
            rest.Add(string.Create(CultureInfo.InvariantCulture, $"pool={Math.Max(DefaultPool, writers + ReadingConnections)}"));
        }

        var server = PostgresAddress.Parse($"{(question < 0 ? uri : uri[..question])}?{string.Join('&', rest)}");
        if (server.Schema.Length is 0 or > 63 || server.Schema.Contains('\0', StringComparison.Ordinal))
        {
            throw Wrong("the schema's name is empty or longer than 63 characters");
        }

        return new PgvectorAddress(server, RequireCollection(server.Parameters.GetValueOrDefault("collection", DefaultCollection)), hnsw, language);
    }

    /// <summary>The same rules as for SQLite: the tables of two collections never meet.</summary>
    private static string RequireCollection(string name)
    {
        var legal = name.Length is > 0 and <= MaxCollection
            && char.IsAsciiLetterLower(name[0])
            && name[^1] != '_'
            && !name.Contains("__", StringComparison.Ordinal)
            && !name.StartsWith("pg_", StringComparison.Ordinal)
            && name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');
        return legal
            ? name
            : throw Wrong($"the collection name '{name}' is not legal; use a lower-case letter, then lower-case letters, digits and single underscores, at most {MaxCollection} characters");
    }

    private static ConfigurationException Wrong(string why) => new($"The pgvector address is wrong: {why}. Example: {Example}");
}
