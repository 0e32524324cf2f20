using Sluice.Actors.Storage.Sqlite;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Sqlite;

internal sealed partial class SqliteSink
{
    /// <summary>SQL name of the predicate that a URI glob becomes.</summary>
    public const string UriPredicate = "sluice_uri_matches";

    /// <summary>Hits beyond the limit that are looked at, so that equal scores at the edge are ordered by id, not by chance.</summary>
    private const int Margin = 64;

    private const int MaxLimit = 1_000;
    private const int MinDepth = 50;

    public async Task<IReadOnlyList<SearchHit>> SearchAsync(SearchQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (query.Limit is < 1 or > MaxLimit)
        {
            throw new ArgumentOutOfRangeException(nameof(query), query.Limit, $"A search returns 1 to {MaxLimit} hits.");
        }

        if (query.Mode != SearchMode.FullText && query.Embedding is null)
        {
            throw new ArgumentException($"A search by {query.Mode} needs an embedding.", nameof(query));
        }

        return await ReadAsync<IReadOnlyList<SearchHit>?>(session => Search(session, query), null, cancellationToken).ConfigureAwait(false)
            ?? throw new StorageException($"There is no database at '{_database.Path}' yet. Ingest into it first.");
    }

    private List<SearchHit> Search(SqliteSession session, SearchQuery query)
    {
        var collection = Require(session);
        var filter = CreateFilter(session, query);
        var depth = query.Mode == SearchMode.Hybrid ? Math.Max(MinDepth, 5 * query.Limit) : query.Limit;
        List<(long Number, double Score)> ranked;
        switch (query.Mode)
        {
            case SearchMode.Vector:
                ranked = SearchVectors(session, query, collection, filter, depth);
                break;
            case SearchMode.FullText:
                ranked = SearchWords(session, query, filter, depth);
                break;
            default:
                var fused = ReciprocalRankFusion.Fuse(
                    SearchVectors(session, query, collection, filter, depth).ConvertAll(static hit => hit.Number),
                    SearchWords(session, query, filter, depth).ConvertAll(static hit => hit.Number));
                ranked = Order(session, fused.Select(static pair => (pair.Key, pair.Value)), query.Limit);
                break;
        }

        var hits = new List<SearchHit>(ranked.Count);
        foreach (var (number, score) in ranked)
        {
            using var row = session.Prepare(_sql.ReadChunk);
            if (row.Bind(number).Step())
            {
                hits.Add(ChunkRow.ReadHit(row, score));
            }
        }

        return hits;
    }

    /// <summary>The chunks that may be found, as a subquery; null for all.</summary>
    private string? CreateFilter(SqliteSession session, SearchQuery query)
    {
        if (query.UriGlob is not null)
        {
            session.DefinePredicate(UriPredicate, new UriGlob(query.UriGlob).IsMatch);
        }

        return query.UriGlob is null && query.Metadata.Count == 0 ? null : _sql.Filter(query.UriGlob is not null, query.Metadata.Count);
    }

    private static void BindFilter(SqliteStatement statement, SearchQuery query)
    {
        foreach (var (key, value) in query.Metadata)
        {
            statement.Bind(key).Bind(value);
        }
    }

    private List<(long Number, double Score)> SearchVectors(SqliteSession session, SearchQuery query, StoredCollection collection, string? filter, int depth)
    {
        SearchChecks.RequireComparable(query, collection.Info);
        return Order(session, Tables(session, collection).Search(session, query.Embedding!, filter, rows => BindFilter(rows, query), depth), depth);
    }

    private List<(long Number, double Score)> SearchWords(SqliteSession session, SearchQuery query, string? filter, int depth)
    {
        var found = new List<(long Number, double Score)>();
        if (FullTextQuery.Create(query.Text) is not { } words)
        {
            return found;
        }

        using var rows = session.Prepare(_sql.Match(filter)).Bind(words);
        BindFilter(rows, query);
        rows.Bind(depth + Margin);
        while (rows.Step())
        {
            found.Add((rows.Int64(0), -rows.Double(1)));
        }

        return Order(session, found, depth);
    }

    /// <summary>Best first, equals by id: row numbers depend on what was written first.</summary>
    private List<(long Number, double Score)> Order(SqliteSession session, IEnumerable<(long Number, double Score)> hits, int limit)
    {
        var keyed = new List<(long Number, double Score, Guid Id)>();
        using var read = session.Prepare(_sql.ReadId);
        foreach (var (number, score) in hits)
        {
            if (read.Bind(number).Step())
            {
                keyed.Add((number, score, read.Guid(0)));
            }

            read.Reset();
        }

        keyed.Sort(static (one, other) => other.Score.CompareTo(one.Score) is var order and not 0 ? order : one.Id.CompareTo(other.Id));
        return keyed.Take(limit).Select(static hit => (hit.Number, hit.Score)).ToList();
    }
}
