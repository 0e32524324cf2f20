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
            if (!row.Bind(id.Value).Step())
            {
                continue;
            }

            if (tables.Read(session, row.Int64(13)) is { } embedding)
            {
                records.Add(ChunkRow.ReadHit(row, 0).ToRecord(new DocumentId(row.Guid(14)), embedding));
            }
        }

        return records;
    }
}
