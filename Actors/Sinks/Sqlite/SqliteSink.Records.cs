using System.Runtime.InteropServices;
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
        if (ids.Count == 0 || Describe(session) is null)
        {
            return records;
        }

        session.RequireVectors();
        foreach (var id in ids)
        {
            using var row = session.Prepare(_sql.ReadRecord);
            if (!row.Bind(id.Value).Step())
            {
                continue;
            }

            using var vector = session.Prepare(_sql.ReadVector);
            if (vector.Bind(row.Int64(13)).Step())
            {
                var embedding = new DenseEmbedding(MemoryMarshal.Cast<byte, float>(vector.Bytes(0)).ToArray());
                records.Add(ChunkRow.ReadHit(row, 0).ToRecord(new DocumentId(row.Guid(14)), embedding));
            }
        }

        return records;
    }
}
