using System.Globalization;
using System.Runtime.CompilerServices;
using Npgsql;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Pgvector;

using Embedding = Sluice.Streams.Vectors.Embedding;

internal sealed partial class PgvectorSink
{
    private const int ListPage = 1_000;

    public Task<long> CountAsync(CancellationToken cancellationToken) => RunAsync(
        async (connection, token) =>
        {
            var count = connection.CreateCommand();
            await using (count.ConfigureAwait(false))
            {
                count.CommandText = $"SELECT count(*) FROM {_tables.Chunks}";
                return Convert.ToInt64(await count.ExecuteScalarAsync(token).ConfigureAwait(false), CultureInfo.InvariantCulture);
            }
        },
        0L,
        cancellationToken);

    public async IAsyncEnumerable<IReadOnlyList<StoredChunkId>> ListIdsAsync(DocumentId? document, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Each page is a read of its own: a long listing must not hold back the server's vacuum.
        List<StoredChunkId> page = [];
        do
        {
            Guid? after = page.Count > 0 ? page[^1].Chunk.Value : null;
            page = await RunAsync((connection, token) => ListIdsAsync(connection, document, after, token), [], cancellationToken).ConfigureAwait(false);
            if (page.Count > 0)
            {
                yield return page;
            }
        }
        while (page.Count == ListPage);
    }

    public async Task<IReadOnlyDictionary<ChunkId, Embedding>> FetchEmbeddingsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        if (ids.Count == 0)
        {
            return new Dictionary<ChunkId, Embedding>();
        }

        Guid[] values = [.. ids.Select(static id => id.Value)];
        return await RunAsync((connection, token) => FetchEmbeddingsAsync(connection, values, token), [], cancellationToken).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<VectorRecord>> ReadRecordsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        if (ids.Count == 0)
        {
            return [];
        }

        Guid[] values = [.. ids.Select(static id => id.Value)];
        return await RunAsync((connection, token) => ReadRecordsAsync(connection, values, token), [], cancellationToken).ConfigureAwait(false);
    }

    private async Task<List<VectorRecord>> ReadRecordsAsync(NpgsqlConnection connection, Guid[] ids, CancellationToken cancellationToken)
    {
        var records = new List<VectorRecord>(ids.Length);
        var read = connection.CreateCommand();
        await using (read.ConfigureAwait(false))
        {
            read.CommandText =
                $"""
                SELECT c.id, d.uri, c.text, c.title, c.headings, c.metadata, c.start, c.stop, c.line, c.page, c.record, c.part, c.anchor, c.document, v.embedding::real[]
                FROM {_tables.Chunks} AS c JOIN {_tables.Documents} AS d ON d.id = c.document JOIN {_tables.Vectors} AS v ON v.id = c.id WHERE c.id = ANY($1)
                """;
            read.Parameters.Add(Uuids(ids));
            var rows = await read.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (rows.ConfigureAwait(false))
            {
                while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    records.Add(ChunkColumns.ReadHit(rows, 0).ToRecord(new DocumentId(rows.GetGuid(13)), new DenseEmbedding(rows.GetFieldValue<float[]>(14))));
                }
            }
        }

        return records;
    }

    private async Task<List<StoredChunkId>> ListIdsAsync(NpgsqlConnection connection, DocumentId? document, Guid? after, CancellationToken cancellationToken)
    {
        var page = new List<StoredChunkId>(ListPage);
        var list = connection.CreateCommand();
        await using (list.ConfigureAwait(false))
        {
            list.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = after ?? Guid.Empty });
            if (document is { } only)
            {
                list.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = only.Value });
            }

            list.CommandText = $"SELECT document, id FROM {_tables.Chunks} WHERE id {(after is null ? ">=" : ">")} $1{(document is null ? "" : " AND document = $2")} ORDER BY id LIMIT {ListPage}";
            var rows = await list.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (rows.ConfigureAwait(false))
            {
                while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    page.Add(new StoredChunkId(new DocumentId(rows.GetGuid(0)), new ChunkId(rows.GetGuid(1))));
                }
            }
        }

        return page;
    }

    private async Task<Dictionary<ChunkId, Embedding>> FetchEmbeddingsAsync(NpgsqlConnection connection, Guid[] ids, CancellationToken cancellationToken)
    {
        var found = new Dictionary<ChunkId, Embedding>(ids.Length);
        var read = connection.CreateCommand();
        await using (read.ConfigureAwait(false))
        {
            read.CommandText = $"SELECT id, embedding::real[] FROM {_tables.Vectors} WHERE id = ANY($1)";
            read.Parameters.Add(Uuids(ids));
            var rows = await read.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (rows.ConfigureAwait(false))
            {
                while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    found[new ChunkId(rows.GetGuid(0))] = new DenseEmbedding(rows.GetFieldValue<float[]>(1));
                }
            }
        }

        return found;
    }
}
