using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Pgvector;

internal sealed partial class PgvectorSink
{
    /// <summary>Hits beyond the limit that are looked at, so that equal scores at the edge are ordered by id, not by chance.</summary>
    private const int Margin = 64;

    private const int MaxLimit = 1_000;
    private const int MinDepth = 50;
    private const int MaxEfSearch = 1_000;

    public async Task<IReadOnlyList<SearchHit>> SearchAsync(SearchQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        if (query.Limit is < 1 or > MaxLimit)
        {
            throw new ArgumentOutOfRangeException(nameof(query), query.Limit, $"A search returns 1 to {MaxLimit} hits.");
        }

        if (query.Mode != SearchMode.FullText && query.Embedding is null)
        {
            throw new ArgumentException($"A search by {query.Mode} needs an embedding.", nameof(query));
        }

        var collection = await RequireAsync(cancellationToken).ConfigureAwait(false);
        return await RunAsync<IReadOnlyList<SearchHit>?>(async (connection, token) => await SearchAsync(connection, query, collection, token).ConfigureAwait(false), null, cancellationToken).ConfigureAwait(false)
            ?? throw Missing();
    }

    private async Task<List<SearchHit>> SearchAsync(NpgsqlConnection connection, SearchQuery query, PgvectorCollection collection, CancellationToken cancellationToken)
    {
        List<(Guid Id, double Score)> ranked;
        switch (query.Mode)
        {
            case SearchMode.Vector:
                ranked = await SearchVectorsAsync(connection, query, collection, query.Limit, cancellationToken).ConfigureAwait(false);
                break;
            case SearchMode.FullText:
                ranked = await SearchWordsAsync(connection, query, collection, query.Limit, cancellationToken).ConfigureAwait(false);
                break;
            default:
                var depth = Math.Max(MinDepth, 5 * query.Limit);
                ranked = HitRanking.Fuse(
                    await SearchVectorsAsync(connection, query, collection, depth, cancellationToken).ConfigureAwait(false),
                    await SearchWordsAsync(connection, query, collection, depth, cancellationToken).ConfigureAwait(false),
                    query.Limit);
                break;
        }

        return await ReadHitsAsync(connection, ranked, cancellationToken).ConfigureAwait(false);
    }

    private async Task<List<(Guid Id, double Score)>> SearchVectorsAsync(NpgsqlConnection connection, SearchQuery query, PgvectorCollection collection, int depth, CancellationToken cancellationToken)
    {
        var info = collection.Info;
        if (query.Embedding is not DenseEmbedding { Values: var vector } || vector.Length != info.Dimension)
        {
            throw new CollectionMismatchException(
                $"The question's embedding does not fit the collection '{_tables.Name}' of PostgreSQL at {_address.Server.Display}, whose vectors have {info.Dimension} dimensions and are from the model '{info.ModelName}'. Search with that model.");
        }

        var filtered = query.UriGlob is not null || query.Metadata.Count > 0;
        var byIndex = !filtered && info.Dimension <= CollectionTables.MaxIndexedDimension && await IsLargeAsync(connection, info, cancellationToken).ConfigureAwait(false);
        var exact = CollectionTables.ExactDistance(info, collection.Extension);
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            var batch = new NpgsqlBatch(connection);
            await using (batch.ConfigureAwait(false))
            {
                if (byIndex)
                {
                    var candidates = Math.Clamp(depth + Margin, _options.EfSearch, MaxEfSearch).ToString(CultureInfo.InvariantCulture);
                    batch.BatchCommands.Add(new NpgsqlBatchCommand($"SET LOCAL hnsw.ef_search = {candidates}"));
                    batch.BatchCommands.Add(new NpgsqlBatchCommand("SET LOCAL hnsw.iterative_scan = strict_order"));
                }

                // A sum is no expression of the index: the comparison is exact then.
                var search = new NpgsqlBatchCommand();
                search.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Real, Value = vector.ToArray() });
                search.Parameters.Add(new NpgsqlParameter<int> { TypedValue = depth + Margin });
                search.CommandText = byIndex
                    ? $"""
                      SELECT id, {exact} AS distance
                      FROM (SELECT id, embedding FROM {_tables.Vectors} ORDER BY {CollectionTables.IndexedDistance(info, collection.Extension)} LIMIT $2) AS near
                      """
                    : $"SELECT id, {exact} + 0 AS distance FROM {_tables.Vectors}{(filtered ? $" WHERE id IN ({Filter(search, query)})" : "")} ORDER BY distance, id LIMIT $2";
                batch.BatchCommands.Add(search);

                var ranked = await ReadRankedAsync(batch, distance => (info.Distance == Distance.Cosine ? 1 : 0) - distance, cancellationToken).ConfigureAwait(false);
                return HitRanking.Order(ranked, depth);
            }
        }
    }

    private async Task<List<(Guid Id, double Score)>> SearchWordsAsync(NpgsqlConnection connection, SearchQuery query, PgvectorCollection collection, int depth, CancellationToken cancellationToken)
    {
        if (FoldedWords.CreateQuery(query.Text) is not { } words)
        {
            return [];
        }

        var batch = new NpgsqlBatch(connection);
        await using (batch.ConfigureAwait(false))
        {
            var search = new NpgsqlBatchCommand();
            search.Parameters.Add(new NpgsqlParameter<string> { TypedValue = words });
            search.Parameters.Add(new NpgsqlParameter<int> { TypedValue = depth });
            var filter = query.UriGlob is not null || query.Metadata.Count > 0 ? $" AND id IN ({Filter(search, query)})" : "";

            // Words of titles count three times as much as those of the text, of headings twice; longer texts a little less.
            search.CommandText =
                $$"""
                SELECT id, ts_rank('{0.33, 0.33, 0.67, 1.0}', words, query, 1)::float8 AS score
                FROM {{_tables.Chunks}}, to_tsquery({{_tables.Configuration(collection.Language)}}, $1) AS query WHERE words @@ query{{filter}}
                ORDER BY score DESC, id LIMIT $2
                """;
            batch.BatchCommands.Add(search);
            return await ReadRankedAsync(batch, static score => score, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Whether there are so many vectors that the index is worth it: by the table's size, which the server knows without looking.</summary>
    private async Task<bool> IsLargeAsync(NpgsqlConnection connection, CollectionInfo info, CancellationToken cancellationToken)
    {
        var size = connection.CreateCommand();
        await using (size.ConfigureAwait(false))
        {
            size.CommandText = "SELECT pg_table_size($1::regclass)";
            size.Parameters.Add(new NpgsqlParameter<string> { TypedValue = _tables.Vectors });
            return Convert.ToInt64(await size.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture) >= (long)_options.ExactBelow * ((4L * info.Dimension) + 60);
        }
    }

    /// <summary>The ids of chunks that may be found, as a subquery whose arguments are added to the command.</summary>
    private string Filter(NpgsqlBatchCommand command, SearchQuery query)
    {
        var conditions = new List<string>();
        if (query.UriGlob is not null)
        {
            var glob = new UriGlob(query.UriGlob);
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = StoredText.Encode(glob.Pattern) });
            var matches = string.Create(CultureInfo.InvariantCulture, $"~ ${command.Parameters.Count}");
            conditions.Add($"document IN (SELECT id FROM {_tables.Documents} WHERE {(glob.IsWhole ? $"uri {matches} OR plain {matches}" : $"path {matches} OR (site <> '' AND site || path {matches})")})");
        }

        if (query.Metadata.Count > 0)
        {
            command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Jsonb, Value = ChunkColumns.Metadata(query.Metadata) });
            conditions.Add(string.Create(CultureInfo.InvariantCulture, $"metadata @> ${command.Parameters.Count}"));
        }

        return $"SELECT id FROM {_tables.Chunks} WHERE {string.Join(" AND ", conditions)}";
    }

    private static async Task<List<(Guid Id, double Score)>> ReadRankedAsync(NpgsqlBatch batch, Func<double, double> score, CancellationToken cancellationToken)
    {
        var found = new List<(Guid Id, double Score)>();
        var rows = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (rows.ConfigureAwait(false))
        {
            while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                // A question without an angle is near to nothing.
                if (!rows.IsDBNull(1) && rows.GetDouble(1) is var value && !double.IsNaN(value))
                {
                    found.Add((rows.GetGuid(0), score(value)));
                }
            }
        }

        return found;
    }

    private async Task<List<SearchHit>> ReadHitsAsync(NpgsqlConnection connection, List<(Guid Id, double Score)> ranked, CancellationToken cancellationToken)
    {
        var scores = ranked.ToDictionary(static hit => hit.Id, static hit => hit.Score);
        var hits = new Dictionary<Guid, SearchHit>(ranked.Count);
        var read = connection.CreateCommand();
        await using (read.ConfigureAwait(false))
        {
            read.CommandText =
                $"""
                SELECT c.id, d.uri, c.text, c.title, c.headings, c.metadata, c.start, c.stop, c.line, c.page, c.record, c.part, c.anchor
                FROM {_tables.Chunks} AS c JOIN {_tables.Documents} AS d ON d.id = c.document WHERE c.id = ANY($1)
                """;
            read.Parameters.Add(Uuids([.. scores.Keys]));
            var rows = await read.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (rows.ConfigureAwait(false))
            {
                while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    var id = rows.GetGuid(0);
                    hits[id] = ChunkColumns.ReadHit(rows, scores[id]);
                }
            }
        }

        // A chunk that was deleted meanwhile is left out.
        return ranked.FindAll(hit => hits.ContainsKey(hit.Id)).ConvertAll(hit => hits[hit.Id]);
    }
}
