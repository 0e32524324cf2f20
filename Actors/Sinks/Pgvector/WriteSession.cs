using Npgsql;
using NpgsqlTypes;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Pgvector;

/// <summary>
/// A connection that writes: records go by binary COPY into a temporary table, and from there into the collection by statements that are prepared once. Used by one
/// request at a time; after a failure it is thrown away, and with it whatever its transaction had done.
/// </summary>
internal sealed class WriteSession : IAsyncDisposable
{
    private const string Stage = "pg_temp.sluice_stage";
    private const string Columns = "id, document, start, stop, line, page, record, part, anchor, title, headings, metadata, text";
    private const int FlushBytes = 256 << 10;
    private const int ColumnCount = 17;

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlBatch _merge;
    private readonly CopyBuffer _buffer = new(FlushBytes + (64 << 10));
    private readonly Dictionary<Guid, string> _documents = [];

    private WriteSession(NpgsqlConnection connection, CollectionTables tables, string language)
    {
        _connection = connection;
        _merge = CreateMerge(connection, tables, language);
    }

    /// <summary>Whether the connection was alive when it was last used.</summary>
    public bool IsOpen => _connection.FullState == System.Data.ConnectionState.Open;

    /// <summary>Opens a session. The connection stays its own.</summary>
    public static async Task<WriteSession> OpenAsync(NpgsqlDataSource source, CollectionTables tables, string language, PgvectorExtension extension, CancellationToken cancellationToken)
    {
        var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var create = connection.CreateCommand();
            await using (create.ConfigureAwait(false))
            {
                create.CommandText =
                    $"""
                    CREATE TEMP TABLE sluice_stage(
                      id uuid, document uuid, start bigint, stop bigint, line integer, page integer, record bigint, part text, anchor text, title text, headings jsonb,
                      metadata jsonb, text text, text_words text, title_words text, heading_words text, embedding {extension.Schema}.vector) ON COMMIT DELETE ROWS
                    """;
                await create.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }

            var session = new WriteSession(connection, tables, language);
            await session._merge.PrepareAsync(cancellationToken).ConfigureAwait(false);
            return session;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Writes records in one transaction.</summary>
    /// <param name="records">Valid records, no id twice.</param>
    /// <param name="cancellationToken">Cancels; nothing is written then.</param>
    public async Task UpsertAsync(IReadOnlyList<VectorRecord> records, CancellationToken cancellationToken)
    {
        // A document's row that another writer deletes between two statements is made again by the next round.
        while (!await TryUpsertAsync(records, cancellationToken).ConfigureAwait(false))
        {
        }
    }

    public async ValueTask DisposeAsync()
    {
        _buffer.Dispose();
        await _merge.DisposeAsync().ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<bool> TryUpsertAsync(IReadOnlyList<VectorRecord> records, CancellationToken cancellationToken)
    {
        var transaction = await _connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await CopyAsync(records, cancellationToken).ConfigureAwait(false);
            BindDocuments();
            await _merge.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            if (_merge.BatchCommands[^2].RecordsAffected < records.Count)
            {
                await transaction.RollbackAsync(cancellationToken).ConfigureAwait(false);
                return false;
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
    }

    private async Task CopyAsync(IReadOnlyList<VectorRecord> records, CancellationToken cancellationToken)
    {
        _documents.Clear();
        _buffer.Clear();
        var copy = await _connection.BeginRawBinaryCopyAsync($"COPY {Stage} FROM STDIN (FORMAT BINARY)", cancellationToken).ConfigureAwait(false);
        await using (copy.ConfigureAwait(false))
        {
            _buffer.Begin();
            for (var i = 0; i < records.Count; i++)
            {
                Write(records[i]);
                _documents.TryAdd(records[i].Document.Value, records[i].Uri);
                if (_buffer.Length >= FlushBytes)
                {
                    await copy.WriteAsync(_buffer.Written, cancellationToken).ConfigureAwait(false);
                    _buffer.Clear();
                }
            }

            _buffer.End();
            await copy.WriteAsync(_buffer.Written, cancellationToken).ConfigureAwait(false);
        }
    }

    private void Write(VectorRecord record)
    {
        var chunk = record.Chunk;
        var place = chunk.Place;
        _buffer.Row(ColumnCount);
        _buffer.Uuid(chunk.Id.Value);
        _buffer.Uuid(record.Document.Value);
        _buffer.Int64(place.Start);
        _buffer.Int64(place.End);
        _buffer.Int32(place.Line);
        _buffer.Int32(place.Page);
        _buffer.Int64(place.Row);
        _buffer.Text(ChunkColumns.Text(place.Part));
        _buffer.Text(ChunkColumns.Text(place.Anchor));
        _buffer.Text(ChunkColumns.Text(chunk.Title));
        _buffer.Json(ChunkColumns.Headings(chunk));
        _buffer.Json(ChunkColumns.Metadata(chunk.Metadata));
        _buffer.Text(StoredText.Encode(chunk.Text));
        _buffer.Text(FoldedWords.Fold(chunk.Text));
        _buffer.Text(ChunkColumns.TitleWords(chunk));
        _buffer.Text(ChunkColumns.HeadingWords(chunk));
        _buffer.Vector(((DenseEmbedding)record.Embedding).Values.Span);
    }

    private void BindDocuments()
    {
        var ids = new Guid[_documents.Count];
        var uris = new string[ids.Length];
        var plain = new string?[ids.Length];
        var sites = new string[ids.Length];
        var paths = new string[ids.Length];
        _documents.Keys.CopyTo(ids, 0);
        for (var i = 0; i < ids.Length; i++)
        {
            var uri = _documents[ids[i]];
            var (site, path) = UriGlob.Split(uri);
            uris[i] = StoredText.Encode(uri);
            plain[i] = uri.Contains('%', StringComparison.Ordinal) ? StoredText.Encode(Uri.UnescapeDataString(uri)) : null;
            sites[i] = StoredText.Encode(site);
            paths[i] = StoredText.Encode(path);
        }

        object[] values = [ids, uris, plain, sites, paths];
        foreach (var command in _merge.BatchCommands)
        {
            for (var i = 0; i < command.Parameters.Count; i++)
            {
                command.Parameters[i].Value = values[i];
            }
        }
    }

    /// <summary>
    /// Rows are locked in the order of their ids, so two writers never wait for each other in a circle. A document's row is held, shared, until the commit: whoever
    /// deletes empty documents passes it by.
    /// </summary>
    private static NpgsqlBatch CreateMerge(NpgsqlConnection connection, CollectionTables tables, string language)
    {
        var config = tables.Configuration(language);
        var batch = new NpgsqlBatch(connection);
        Add(
            5,
            $"""
            INSERT INTO {tables.Documents}(id, uri, plain, site, path)
            SELECT * FROM unnest($1, $2, $3, $4, $5) AS d(id, uri, plain, site, path) ORDER BY id
            ON CONFLICT (id) DO NOTHING
            """);
        Add(
            5,
            $"""
            UPDATE {tables.Documents} AS d SET uri = n.uri, plain = n.plain, site = n.site, path = n.path
            FROM unnest($1, $2, $3, $4, $5) AS n(id, uri, plain, site, path) WHERE d.id = n.id AND d.uri <> n.uri
            """);
        Add(
            1,
            $"""
            WITH held AS MATERIALIZED (SELECT id FROM {tables.Documents} WHERE id = ANY($1) ORDER BY id FOR KEY SHARE)
            INSERT INTO {tables.Chunks} AS c ({Columns}, words)
            SELECT s.id, s.document, s.start, s.stop, s.line, s.page, s.record, s.part, s.anchor, s.title, s.headings, s.metadata, s.text,
              CASE WHEN s.title_words IS NULL AND s.heading_words IS NULL THEN to_tsvector({config}, s.text_words)
              ELSE setweight(to_tsvector({config}, coalesce(s.title_words, '')), 'A') || setweight(to_tsvector({config}, coalesce(s.heading_words, '')), 'B') || to_tsvector({config}, s.text_words) END
            FROM {Stage} AS s JOIN held ON held.id = s.document ORDER BY s.id
            ON CONFLICT (id) DO UPDATE SET document = excluded.document, start = excluded.start, stop = excluded.stop, line = excluded.line, page = excluded.page,
              record = excluded.record, part = excluded.part, anchor = excluded.anchor, title = excluded.title, headings = excluded.headings,
              metadata = excluded.metadata, text = excluded.text, words = excluded.words
            """);
        Add(
            0,
            $"""
            INSERT INTO {tables.Vectors}(id, embedding) SELECT id, embedding FROM {Stage} ORDER BY id
            ON CONFLICT (id) DO UPDATE SET embedding = excluded.embedding
            """);
        return batch;

        void Add(int parameters, string sql)
        {
            var command = new NpgsqlBatchCommand(sql);
            for (var i = 0; i < parameters; i++)
            {
                command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | (i == 0 ? NpgsqlDbType.Uuid : NpgsqlDbType.Text) });
            }

            batch.BatchCommands.Add(command);
        }
    }
}
