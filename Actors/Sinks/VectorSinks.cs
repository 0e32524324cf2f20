using Sluice.Actors.Sinks.Chroma;
using Sluice.Actors.Sinks.Elastic;
using Sluice.Actors.Sinks.Files;
using Sluice.Actors.Sinks.Milvus;
using Sluice.Actors.Sinks.Pgvector;
using Sluice.Actors.Sinks.Pinecone;
using Sluice.Actors.Sinks.Qdrant;
using Sluice.Actors.Sinks.Sqlite;
using Sluice.Actors.Sinks.Weaviate;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks;

/// <summary>Opens sinks by URI.</summary>
public static class VectorSinks
{
    private static readonly IVectorSinkProvider[] s_providers =
    [
        new SqliteSinkProvider(),
        new PgvectorSinkProvider(),
        new QdrantSinkProvider(),
        new PineconeSinkProvider(),
        new ElasticSinkProvider(new ElasticsearchDialect(), static options => options.Elasticsearch),
        new ElasticSinkProvider(new OpenSearchDialect(), static options => options.Opensearch),
        new ChromaSinkProvider(),
        new FileSinkProvider(new JsonLinesFormat()),
        new FileSinkProvider(new ParquetFormat()),
        new MilvusSinkProvider(),
        new WeaviateSinkProvider(),
    ];

    /// <summary>Opens the sink at <paramref name="uri"/>. Touches nothing yet: its first call does.</summary>
    /// <param name="uri">Where it is: <c>sqlite:PATH[?collection=NAME]</c>, <c>pgvector://USER@HOST:PORT/DATABASE[?collection=NAME]</c>, <c>qdrant://HOST:PORT/NAME</c>, <c>pinecone://api.pinecone.io/INDEX</c>.</param>
    /// <param name="options">Settings.</param>
    /// <param name="timeProvider">The clock for time limits and pauses.</param>
    /// <returns>The sink; the caller disposes it.</returns>
    /// <exception cref="ConfigurationException">The URI is of no known kind, or malformed.</exception>
    public static IVectorSink Open(string uri, SinkOptions options, TimeProvider timeProvider)
    {
        ArgumentException.ThrowIfNullOrEmpty(uri);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(timeProvider);
        foreach (var provider in s_providers)
        {
            if (uri.StartsWith(provider.Scheme + ":", StringComparison.OrdinalIgnoreCase))
            {
                return provider.Open(uri, options, timeProvider);
            }
        }

        // A URI may carry a password by mistake: only its scheme is repeated.
        var scheme = uri[..(uri.IndexOf(':', StringComparison.Ordinal) + 1)];
        var meant = EditDistance.Nearest(scheme.TrimEnd(':'), s_providers.Select(static provider => provider.Scheme));
        throw new ConfigurationException(
            $"'{(scheme.Length > 0 ? scheme + "…" : uri)}' names no database that Sluice knows{(meant is null ? "" : $"; did you mean {meant}:?")}{(meant is null ? "." : "")} Known: {string.Join(", ", s_providers.Select(static provider => provider.Example))}");
    }
}
