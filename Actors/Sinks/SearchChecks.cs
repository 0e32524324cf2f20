using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks;

/// <summary>Checks of searches that all sinks make.</summary>
internal static class SearchChecks
{
    /// <summary>Most hits of a search.</summary>
    public const int MaxLimit = 1_000;

    /// <summary>Refuses a search that the sink cannot do.</summary>
    /// <param name="query">The search.</param>
    /// <param name="sink">The sink.</param>
    /// <param name="database">The database's name as people write it.</param>
    /// <exception cref="ArgumentException">The query makes no sense: a limit out of range, no embedding.</exception>
    /// <exception cref="ConfigurationException">The database has no such search.</exception>
    public static void Require(SearchQuery query, IVectorSink sink, string database)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (query.Limit is < 1 or > MaxLimit)
        {
            throw new ArgumentOutOfRangeException(nameof(query), query.Limit, $"A search returns 1 to {MaxLimit} hits.");
        }

        if (!sink.Capabilities.Modes.Contains(query.Mode))
        {
            throw new ConfigurationException(
                $"{database} is searched by {string.Join(" or ", sink.Capabilities.Modes.Select(Name))} here, not by {Name(query.Mode)}. Search with --mode {Option(sink.Capabilities.Modes[0])}.");
        }

        if (query.Mode != SearchMode.FullText && query.Embedding is null)
        {
            throw new ArgumentException($"A search by {query.Mode} needs an embedding.", nameof(query));
        }
    }

    /// <summary>Refuses a question whose embedding cannot be compared with those of a collection.</summary>
    /// <exception cref="CollectionMismatchException">Its shape or dimension differs.</exception>
    public static void RequireComparable(SearchQuery query, CollectionInfo collection)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(collection);
        var (kind, dimension) = query.Embedding switch
        {
            DenseEmbedding dense => (EmbeddingKind.Dense, dense.Values.Length),
            MultiVectorEmbedding several => (EmbeddingKind.MultiVector, several.Dimension),
            SparseEmbedding => (EmbeddingKind.Sparse, collection.Dimension),
            _ => (collection.Kind, collection.Dimension),
        };
        if (kind != collection.Kind || dimension != collection.Dimension)
        {
            throw new CollectionMismatchException(
                $"The question's embedding ({kind}, {dimension} dimensions) cannot be compared with those of the collection ({collection.Kind}, {collection.Dimension} dimensions, of the model {collection.ModelName}). Search with that model.");
        }
    }

    private static string Name(SearchMode mode) => mode switch
    {
        SearchMode.Vector => "meaning",
        SearchMode.FullText => "words",
        _ => "both joined",
    };

    private static string Option(SearchMode mode) => mode switch
    {
        SearchMode.Vector => "vector",
        SearchMode.FullText => "fts",
        _ => "hybrid",
    };
}
