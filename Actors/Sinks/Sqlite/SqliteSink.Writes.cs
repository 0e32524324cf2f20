using System.Runtime.InteropServices;
using Sluice.Actors.Storage.Sqlite;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Sqlite;

internal sealed partial class SqliteSink
{
    /// <summary>Most chunks that one transaction deletes, so that the log stays small.</summary>
    private const int DeletePage = 2_000;

    private const int IdWeight = 64;

    public async Task<IReadOnlyList<ChunkFailure>> UpsertAsync(IReadOnlyList<VectorRecord> records, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(records);
        return records.Count == 0
            ? []
            : await WriteAsync(session => Upsert(session, records), records.Sum(static record => record.Weight), cancellationToken).ConfigureAwait(false);
    }

    public Task RelocateAsync(IReadOnlyList<Chunk> chunks, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        return chunks.Count == 0
            ? Task.CompletedTask
            : WriteAsync(session => Relocate(session, chunks), chunks.Sum(static chunk => chunk.Weight), cancellationToken);
    }

    public async Task DeleteAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        foreach (var page in ids.Chunk(DeletePage))
        {
            await WriteAsync(session => Delete(session, page), page.Length * IdWeight, cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task DeleteDocumentsAsync(IReadOnlyCollection<DocumentId> documents, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(documents);
        if (documents.Count == 0)
        {
            return;
        }

        while (!await WriteAsync(session => DeleteDocuments(session, documents), documents.Count * IdWeight, cancellationToken).ConfigureAwait(false))
        {
        }
    }

    private List<ChunkFailure> Upsert(SqliteSession session, IReadOnlyList<VectorRecord> records)
    {
        var collection = Require(session);
        var tables = Tables(session, collection);
        var failures = new List<ChunkFailure>();
        var documents = new Dictionary<DocumentId, long>();
        foreach (var record in records)
        {
            if (RecordValidator.Validate(record, collection.Info) is { } rejection)
            {
                failures.Add(new ChunkFailure(record.Chunk, rejection));
                continue;
            }

            ref var document = ref CollectionsMarshal.GetValueRefOrAddDefault(documents, record.Document, out var known);
            if (!known)
            {
                document = PutDocument(session, record);
            }

            Upsert(session, tables, record, document);
        }

        return failures;
    }

    private void Upsert(SqliteSession session, EmbeddingTables tables, VectorRecord record, long document)
    {
        var chunk = record.Chunk;
        long number = 0;
        long before = 0;
        using (var find = session.Prepare(_sql.FindChunk))
        {
            if (find.Bind(chunk.Id.Value).Step())
            {
                number = find.Int64(0);
                before = find.Int64(1);
            }
        }

        var exists = number != 0;
        var put = session.Prepare(exists ? _sql.UpdateChunk : _sql.InsertChunk).Bind(document).BindPlace(chunk, ChunkRow.Headings(chunk)).Bind(chunk.Id.Value).Bind(chunk.Text);
        if (exists)
        {
            put.Bind(number).Run();
        }
        else
        {
            put.Run();
            number = session.LastInsertRowId;
        }

        tables.Put(session, number, record.Embedding, exists);

        session.Prepare(_sql.PutWords).Bind(number).Bind(chunk.Text).Bind(chunk.Title).Bind(ChunkRow.HeadingWords(chunk)).Run();
        if (exists && before != document)
        {
            session.Prepare(_sql.DeleteEmptyDocument).Bind(before).Run();
        }
    }

    private long PutDocument(SqliteSession session, VectorRecord record)
    {
        using var find = session.Prepare(_sql.FindDocument);
        if (!find.Bind(record.Document.Value).Step())
        {
            session.Prepare(_sql.InsertDocument).Bind(record.Document.Value).Bind(record.Uri).Run();
            return session.LastInsertRowId;
        }

        var number = find.Int64(0);
        if (!find.Text(1).Equals(record.Uri, StringComparison.Ordinal))
        {
            session.Prepare(_sql.RenameDocument).Bind(record.Uri).Bind(number).Run();
        }

        return number;
    }

    private void Relocate(SqliteSession session, IReadOnlyList<Chunk> chunks)
    {
        Require(session);
        foreach (var chunk in chunks)
        {
            long number;
            bool sameWords;
            var headings = ChunkRow.Headings(chunk);
            using (var find = session.Prepare(_sql.FindRelocated))
            {
                if (!find.Bind(chunk.Id.Value).Step())
                {
                    continue;
                }

                number = find.Int64(0);
                sameWords = string.Equals(find.NullableText(1), chunk.Title, StringComparison.Ordinal) && string.Equals(find.NullableText(2), headings, StringComparison.Ordinal);
            }

            session.Prepare(_sql.Relocate).BindPlace(chunk, headings).Bind(number).Run();
            if (!sameWords)
            {
                session.Prepare(_sql.PutWordsOfStoredText).Bind(chunk.Title).Bind(ChunkRow.HeadingWords(chunk)).Bind(number).Run();
            }
        }
    }

    private void Delete(SqliteSession session, ChunkId[] ids)
    {
        if (Describe(session) is not { } collection)
        {
            return;
        }

        var tables = Tables(session, collection);
        var documents = new HashSet<long>();
        foreach (var id in ids)
        {
            long number;
            using (var find = session.Prepare(_sql.FindChunk))
            {
                if (!find.Bind(id.Value).Step())
                {
                    continue;
                }

                number = find.Int64(0);
                documents.Add(find.Int64(1));
            }

            DeleteRow(session, tables, number);
        }

        foreach (var document in documents)
        {
            session.Prepare(_sql.DeleteEmptyDocument).Bind(document).Run();
        }
    }

    /// <summary>Deletes documents, at most a page of chunks.</summary>
    /// <returns>Whether all are gone.</returns>
    private bool DeleteDocuments(SqliteSession session, IReadOnlyCollection<DocumentId> documents)
    {
        if (Describe(session) is not { } collection)
        {
            return true;
        }

        var tables = Tables(session, collection);
        var left = DeletePage;
        var numbers = new List<long>();
        foreach (var id in documents)
        {
            long document;
            using (var find = session.Prepare(_sql.FindDocument))
            {
                if (!find.Bind(id.Value).Step())
                {
                    continue;
                }

                document = find.Int64(0);
            }

            if (left <= 0)
            {
                return false;
            }

            numbers.Clear();
            using (var chunks = session.Prepare(_sql.ChunksOfDocument))
            {
                chunks.Bind(document).Bind(left);
                while (chunks.Step())
                {
                    numbers.Add(chunks.Int64(0));
                }
            }

            numbers.ForEach(number => DeleteRow(session, tables, number));
            left -= numbers.Count;
            session.Prepare(_sql.DeleteEmptyDocument).Bind(document).Run();
        }

        return left > 0;
    }

    private void DeleteRow(SqliteSession session, EmbeddingTables tables, long number)
    {
        session.Prepare(_sql.DeleteWords).Bind(number).Run();
        tables.Delete(session, number);
        session.Prepare(_sql.DeleteChunk).Bind(number).Run();
    }
}
