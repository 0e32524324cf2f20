using Sluice.Actors.Storage.Sqlite;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Sqlite;

internal sealed partial class SqliteSink
{
    public Task<IReadOnlyList<VectorRecord>> ReadRecordsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return ReadAsync<IReadOnlyList<VectorRecord>>(session => ReadRecords(session, ids), [], cancellationToken);
    }

    /// <summary>Reads records by their row numbers, which stay with them until they are deleted: those after <paramref name="after"/> up to <paramref name="end"/>, in order.</summary>
    internal Task<List<(long Number, VectorRecord Record)>> ReadRecordsFromAsync(long after, long end, int limit, CancellationToken cancellationToken) =>
        ReadAsync(session => ReadRecordsFrom(session, after, end, limit), [], cancellationToken);

    private List<(long Number, VectorRecord Record)> ReadRecordsFrom(SqliteSession session, long after, long end, int limit)
    {
        var records = new List<(long Number, VectorRecord Record)>();
        if (Describe(session) is not { } collection)
        {
            return records;
        }

        var tables = Tables(session, collection);
        using var rows = session.Prepare(_sql.ReadRecordsFrom);
        rows.Bind(after).Bind(end).Bind((long)limit);
        while (rows.Step())
        {
            if (ReadRecord(session, tables, rows) is { } record)
            {
                records.Add((rows.Int64(13), record));
            }
        }

        return records;
    }

    private List<VectorRecord> ReadRecords(SqliteSession session, IReadOnlyCollection<ChunkId> ids)
    {
        var records = new List<VectorRecord>(ids.Count);
        if (ids.Count == 0 || Describe(session) is not { } collection)
        {
            return records;
        }

        var tables = Tables(session, collection);
        foreach (var id in ids)
        {
            using var row = session.Prepare(_sql.ReadRecord);
            if (row.Bind(id.Value).Step() && ReadRecord(session, tables, row) is { } record)
            {
                records.Add(record);
            }
        }

        return records;
    }

    /// <summary>The record of a row of <see cref="CollectionSql.ReadRecord"/>; null where its vector is missing.</summary>
    private static VectorRecord? ReadRecord(SqliteSession session, EmbeddingTables tables, SqliteStatement row) =>
        tables.Read(session, row.Int64(13)) is { } embedding ? ChunkRow.ReadHit(row, 0).ToRecord(new DocumentId(row.Guid(14)), embedding) : null;
}
