using Npgsql;
using NpgsqlTypes;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Pgvector;

internal sealed partial class PgvectorSink
{
    private const int DeletePage = 1_000;

    public async Task<IReadOnlyList<ChunkFailure>> UpsertAsync(IReadOnlyList<VectorRecord> records, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(records);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        cancellationToken.ThrowIfCancellationRequested();
        if (records.Count == 0)
        {
            return [];
        }

        var collection = await RequireAsync(cancellationToken).ConfigureAwait(false);
        var failures = new List<ChunkFailure>();
        var valid = new Dictionary<ChunkId, VectorRecord>(records.Count);
        foreach (var record in records)
        {
            if (RecordValidator.Validate(record, collection.Info) is { } rejection)
            {
                failures.Add(new ChunkFailure(record.Chunk, rejection));
            }
            else
            {
                valid[record.Chunk.Id] = record; // The last of an id counts.
            }
        }

        if (valid.Count > 0)
        {
            await WriteAsync(valid.Values.ToArray(), collection, failures, cancellationToken).ConfigureAwait(false);
        }

        return failures;
    }

    public async Task RelocateAsync(IReadOnlyList<Chunk> chunks, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        if (chunks.Count == 0)
        {
            return;
        }

        var collection = await RequireAsync(cancellationToken).ConfigureAwait(false);
        foreach (var page in chunks.Chunk(DeletePage))
        {
            await RunAsync(
                async (connection, token) =>
                {
                    var relocation = new Relocation(connection, _tables, collection.Language);
                    await using (relocation.ConfigureAwait(false))
                    {
                        await relocation.RunAsync(page, token).ConfigureAwait(false);
                        return true;
                    }
                },
                cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task DeleteAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        foreach (var page in ids.Chunk(DeletePage))
        {
            await RunAsync((connection, token) => DeleteAsync(connection, "id", Array.ConvertAll(page, static id => id.Value), token), 0, cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task DeleteDocumentsAsync(IReadOnlyCollection<DocumentId> documents, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(documents);
        foreach (var page in documents.Chunk(DeletePage))
        {
            var ids = Array.ConvertAll(page, static id => id.Value);
            while (await RunAsync((connection, token) => DeleteAsync(connection, "document", ids, token), 0, cancellationToken).ConfigureAwait(false) == DeletePage)
            {
            }
        }
    }

    /// <summary>Writes records; where the server refuses one, halves the request until it stands alone.</summary>
    private async Task WriteAsync(ArraySegment<VectorRecord> records, PgvectorCollection collection, List<ChunkFailure> failures, CancellationToken cancellationToken)
    {
        try
        {
            await GuardAsync(() => WriteOnceAsync(records, collection, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException exception) when (exception.InnerException is PostgresException server && PgvectorErrors.IsAboutRecord(server))
        {
            if (await RunAsync(LoadAsync, cancellationToken).ConfigureAwait(false) is { } now && now.Info != collection.Info)
            {
                throw new StorageException($"The collection '{_tables.Name}' of PostgreSQL at {_address.Server.Display} was replaced by another one during the run. Run again.", exception);
            }

            if (records.Count == 1)
            {
                failures.Add(new ChunkFailure(records[0].Chunk, PgvectorErrors.Refusal(server)));
                return;
            }

            await WriteAsync(records[..(records.Count / 2)], collection, failures, cancellationToken).ConfigureAwait(false);
            await WriteAsync(records[(records.Count / 2)..], collection, failures, cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException exception) when (exception.InnerException is { } inner && PgvectorErrors.IsMissing(inner))
        {
            _collection = null;
            throw Missing();
        }
    }

    private async Task<bool> WriteOnceAsync(ArraySegment<VectorRecord> records, PgvectorCollection collection, CancellationToken cancellationToken)
    {
        await _writers.WaitAsync(cancellationToken).ConfigureAwait(false);
        WriteSession? session = null;
        var healthy = false;
        var generation = _generation;
        try
        {
            if (!_sessions.TryTake(out session))
            {
                session = await WriteSession.OpenAsync(_source, _tables, collection.Language, collection.Extension, cancellationToken).ConfigureAwait(false);
            }

            await session.UpsertAsync(records, cancellationToken).ConfigureAwait(false);
            healthy = true;
            return true;
        }
        catch (InvalidOperationException exception) when (session is { IsOpen: false } && _disposed == 0)
        {
            // Between two statements, a lost connection shows as one that is not open.
            throw new TransientException($"PostgreSQL at {_address.Server.Display} ended the connection.", innerException: exception);
        }
        finally
        {
            if (session is not null && healthy && generation == _generation)
            {
                _sessions.Add(session);
                session = null;
                if (_disposed != 0)
                {
                    await CloseSessionsAsync().ConfigureAwait(false);
                }
            }

            if (session is not null)
            {
                await session.DisposeAsync().ConfigureAwait(false);
            }

            _writers.Release();
        }
    }

    /// <summary>Deletes at most a page of chunks, and the rows of documents that are empty then.</summary>
    /// <returns>How many chunks were deleted.</returns>
    private async Task<int> DeleteAsync(NpgsqlConnection connection, string column, Guid[] ids, CancellationToken cancellationToken)
    {
        var documents = new HashSet<Guid>();
        var count = 0;
        var delete = connection.CreateCommand();
        await using (delete.ConfigureAwait(false))
        {
            delete.CommandText =
                $"""
                WITH doomed AS MATERIALIZED (SELECT id FROM {_tables.Chunks} WHERE {column} = ANY($1) ORDER BY id LIMIT {DeletePage} FOR UPDATE),
                vectors AS (DELETE FROM {_tables.Vectors} AS v USING doomed WHERE v.id = doomed.id)
                DELETE FROM {_tables.Chunks} AS c USING doomed WHERE c.id = doomed.id RETURNING c.document
                """;
            delete.Parameters.Add(Uuids(ids));
            var rows = await delete.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (rows.ConfigureAwait(false))
            {
                while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    count++;
                    documents.Add(rows.GetGuid(0));
                }
            }
        }

        if (documents.Count > 0)
        {
            await DeleteEmptyDocumentsAsync(connection, [.. documents], cancellationToken).ConfigureAwait(false);
        }

        return count;
    }

    /// <summary>
    /// In a transaction of its own: documents are locked before chunks everywhere. First locked, then looked at, or a chunk that came in between would be missed; those
    /// that a writer holds are getting chunks and are left alone.
    /// </summary>
    private async Task DeleteEmptyDocumentsAsync(NpgsqlConnection connection, Guid[] documents, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            var free = new List<Guid>();
            var find = connection.CreateCommand();
            await using (find.ConfigureAwait(false))
            {
                find.CommandText = $"SELECT id FROM {_tables.Documents} WHERE id = ANY($1) ORDER BY id FOR UPDATE SKIP LOCKED";
                find.Parameters.Add(Uuids(documents));
                var rows = await find.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (rows.ConfigureAwait(false))
                {
                    while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
                    {
                        free.Add(rows.GetGuid(0));
                    }
                }
            }

            var delete = connection.CreateCommand();
            await using (delete.ConfigureAwait(false))
            {
                delete.CommandText = $"DELETE FROM {_tables.Documents} AS d WHERE d.id = ANY($1) AND NOT EXISTS (SELECT FROM {_tables.Chunks} AS c WHERE c.document = d.id)";
                delete.Parameters.Add(Uuids([.. free]));
                await delete.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static NpgsqlParameter Uuids(Guid[] ids) => new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid, Value = ids };
}
