using System.Runtime.CompilerServices;
using Sluice.Actors.Storage.Sqlite;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Sqlite;

using Embedding = Sluice.Streams.Vectors.Embedding;

internal sealed partial class SqliteSink
{
    private const int ListPage = 1_000;

    public Task<long> CountAsync(CancellationToken cancellationToken) => ReadAsync(
        session =>
        {
            if (Describe(session) is null)
            {
                return 0;
            }

            using var count = session.Prepare(_sql.Count);
            return count.Step() ? count.Int64(0) : 0;
        },
        0L,
        cancellationToken);

    public async Task CheckIntegrityAsync(CancellationToken cancellationToken)
    {
        var found = await ReadAsync(
            static session =>
            {
                var lines = new List<string>();
                using var check = session.Prepare("PRAGMA quick_check(5)"); // https://www.sqlite.org/pragma.html#pragma_quick_check
                while (check.Step())
                {
                    lines.Add(check.Text(0));
                }

                return lines;
            },
            [],
            cancellationToken).ConfigureAwait(false);
        if (found.Exists(static line => line != "ok"))
        {
            throw new StorageException($"'{_database.Path}' is damaged: {string.Join("; ", found)}. Keep a copy of it, restore it from a backup with its -wal file, or delete it and ingest again; check the disk.");
        }
    }

    public async IAsyncEnumerable<IReadOnlyList<StoredChunkId>> ListIdsAsync(DocumentId? document, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Each page is a read of its own: a long listing must not keep the log from being emptied.
        for (long? after = 0; after is not null;)
        {
            var start = after.Value;
            var page = new List<StoredChunkId>();
            after = await ReadAsync(session => ListIds(session, document, start, page), null, cancellationToken).ConfigureAwait(false);
            if (page.Count > 0)
            {
                yield return page;
            }
        }
    }

    public Task<IReadOnlyDictionary<ChunkId, Embedding>> FetchEmbeddingsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return ReadAsync<IReadOnlyDictionary<ChunkId, Embedding>>(session => FetchEmbeddings(session, ids), new Dictionary<ChunkId, Embedding>(), cancellationToken);
    }

    /// <summary>Adds a page of ids.</summary>
    /// <returns>Where the next one begins; null at the end.</returns>
    private long? ListIds(SqliteSession session, DocumentId? document, long after, List<StoredChunkId> page)
    {
        if (Describe(session) is null)
        {
            return null;
        }

        using var rows = session.Prepare(document is null ? _sql.ListIds : _sql.ListIdsOfDocument).Bind(after);
        if (document is { } only)
        {
            rows.Bind(only.Value);
        }

        rows.Bind(ListPage);
        while (rows.Step())
        {
            after = rows.Int64(0);
            page.Add(new StoredChunkId(new DocumentId(rows.Guid(1)), new ChunkId(rows.Guid(2))));
        }

        return page.Count == ListPage ? after : null;
    }

    private Dictionary<ChunkId, Embedding> FetchEmbeddings(SqliteSession session, IReadOnlyCollection<ChunkId> ids)
    {
        var found = new Dictionary<ChunkId, Embedding>(ids.Count);
        if (Describe(session) is not { } collection)
        {
            return found;
        }

        var tables = Tables(session, collection);
        foreach (var id in ids)
        {
            using var find = session.Prepare(_sql.FindChunk);
            if (!find.Bind(id.Value).Step())
            {
                continue;
            }

            if (tables.Read(session, find.Int64(0)) is { } embedding)
            {
                found[id] = embedding;
            }
        }

        return found;
    }
}
