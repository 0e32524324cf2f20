using Npgsql;
using Sluice.Actors.Storage.Postgres;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers.Postgres;

internal sealed partial class PostgresLedger
{
    /// <summary>Documents that one statement looks at for removed ones: well below a second's work.</summary>
    private const int RemovedStep = 20_000;

    /// <summary>
    /// Reads on in a scope, in the order of its URIs, from a place on: the documents that the walk did not see, <c>$8</c> at most, else the last of the step, which
    /// tells where to go on.
    /// </summary>
    internal const string RemovedStatement =
        $"""
        SELECT uri, length, modified, version, media_type, state, generation, chunks, reason, message, content_hash,
               (SELECT value FROM ledger_configurations AS named WHERE named.num = configuration), doubts, left(uri, 600), num, removed
          FROM (SELECT d.*, d.seen < $2 AND d.uri >= $3 AND d.uri < $4 AS removed, row_number() OVER (ORDER BY left(d.uri, 600), d.num) AS n
                  FROM ledger_documents AS d
                 WHERE d.sink = {SinkOf1} AND (left(d.uri, 600), d.num) > (left($5, 600), $6) AND (left(d.uri, 600), d.num) <= (left($9, 600), $10)
                   AND EXISTS (SELECT FROM ledger_walks WHERE num = $2 AND epoch = $11 AND listed AND complete)
                 ORDER BY left(d.uri, 600), d.num LIMIT $7) AS step
         WHERE removed OR n = $7
         ORDER BY n LIMIT $8
        """;

    // Not one that somebody else has begun anew.
    private const string DocumentOf2 = $"(SELECT num FROM ledger_documents WHERE sink = {SinkOf1} AND id = $2 AND generation <= $3)";

    // Where the last page of a long list stopped: the next one begins there and comes round to the beginning. Only saves time; any value is right.
    private readonly Lock _hintLock = new();
    private (DocumentId Document, ChunkId Chunk) _staleHint;
    private (long Walk, string Key, long Num) _removedHint = (0, "", 0);

    public async Task<IReadOnlyList<ChunkId>> ListStaleChunksAsync(string sink, DocumentId document, long olderThan, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        Guid hint;
        lock (_hintLock)
        {
            hint = _staleHint.Document == document ? _staleHint.Chunk.Value : Guid.Empty;
        }

        var stale = await ReadAsync(
            batch => batch.Then(
                $"""
                SELECT id FROM (
                  (SELECT id FROM ledger_chunks WHERE document = {DocumentOf2} AND generation < $3 AND id > $4 ORDER BY id LIMIT $5)
                  UNION ALL
                  (SELECT id FROM ledger_chunks WHERE document = {DocumentOf2} AND generation < $3 AND id <= $4 ORDER BY id LIMIT $5)) AS stale
                LIMIT $5
                """,
                PostgresBatch.Of(sink),
                PostgresBatch.Of(document.Value),
                PostgresBatch.Of(olderThan),
                PostgresBatch.Of(hint),
                PostgresBatch.Of(limit)),
            static row => new ChunkId(row.GetGuid(0)),
            cancellationToken).ConfigureAwait(false);
        lock (_hintLock)
        {
            _staleHint = stale.Count < limit || limit == 0 ? default : (document, stale[^1]);
        }

        return stale;
    }

    public async Task<bool> HasChunksSinceAsync(string sink, DocumentId document, long generation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        var found = await ReadAsync(
            batch => batch.Then(
                $"SELECT 1 FROM ledger_chunks WHERE document = {DocumentOf2} AND generation >= $3 LIMIT 1",
                PostgresBatch.Of(sink),
                PostgresBatch.Of(document.Value),
                PostgresBatch.Of(generation)),
            static _ => true,
            cancellationToken).ConfigureAwait(false);
        return found.Count > 0;
    }

    public async Task<bool> RemoveChunksAsync(string sink, DocumentId document, long generation, IReadOnlyCollection<ChunkId> chunks, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        ArgumentNullException.ThrowIfNull(chunks);
        var ids = Sorted(chunks);
        var same = await ReadAsync(
            batch => batch.Then(
                $"""
                WITH document AS MATERIALIZED (
                  SELECT num, generation FROM ledger_documents WHERE sink = {SinkOf1} AND id = $2 LIMIT 1 FOR SHARE),
                doubted AS (
                  UPDATE ledger_documents SET {SetDoubted} WHERE num = (SELECT num FROM document WHERE generation <> $4)),
                gone AS (
                  DELETE FROM ledger_chunks WHERE document = (SELECT num FROM document) AND id = ANY ($3) AND generation <= $4)
                SELECT generation = $4 FROM document
                """,
                PostgresBatch.Of(sink),
                PostgresBatch.Of(document.Value),
                PostgresBatch.Of(ids),
                PostgresBatch.Of(generation)),
            static row => row.GetBoolean(0),
            cancellationToken).ConfigureAwait(false);
        return same.Count > 0 && same[0];
    }

    public async Task<IReadOnlyList<LedgerDocument>> ListRemovedAsync(Walk walk, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        var removed = new List<LedgerDocument>();
        var (first, beyond) = RangeOf(walk.Spec.Scope);
        (string Key, long Num) start = (first, 0), end = (beyond, long.MaxValue), hint = start;
        lock (_hintLock)
        {
            if (_removedHint.Walk == walk.Id)
            {
                hint = (_removedHint.Key, _removedHint.Num);
            }
        }

        var last = await ReadRemovedAsync(walk, hint, end, limit, removed, cancellationToken).ConfigureAwait(false);
        if (hint != start && removed.Count < limit)
        {
            last = await ReadRemovedAsync(walk, start, hint, limit, removed, cancellationToken).ConfigureAwait(false);
        }

        lock (_hintLock)
        {
            _removedHint = last is { } place ? (walk.Id, place.Key, place.Num) : (0, "", 0);
        }

        return removed;
    }

    /// <summary>A scope as a range of URIs. No URI has control characters, and PostgreSQL stores no U+0000.</summary>
    private static (string First, string Beyond) RangeOf(SourceScope scope)
    {
        var range = LedgerScope.Of(scope);
        return (range.First, range.Beyond.Replace('\0', '\u0001'));
    }

    /// <summary>Adds removed documents that stand behind <paramref name="from"/> and not behind <paramref name="to"/>.</summary>
    /// <returns>Where it stopped because there are enough; null at the end.</returns>
    private async Task<(string Key, long Num)?> ReadRemovedAsync(
        Walk walk, (string Key, long Num) from, (string Key, long Num) to, int limit, List<LedgerDocument> removed, CancellationToken cancellationToken)
    {
        while (removed.Count < limit)
        {
            var place = from;
            var step = await ReadAsync(
                batch => batch.Then(RemovedStatement, RemovedParameters(walk, place, to, limit - removed.Count)),
                static row => (Document: ReadDocument(row), Key: row.GetString(13), Num: row.GetInt64(14), Removed: row.GetBoolean(15)),
                cancellationToken).ConfigureAwait(false);
            if (step.Count == 0)
            {
                return null;
            }

            foreach (var row in step)
            {
                if (row.Removed)
                {
                    removed.Add(row.Document);
                }
            }

            from = (step[^1].Key, step[^1].Num);
        }

        return from;
    }

    /// <summary>What <see cref="RemovedStatement"/> takes.</summary>
    internal static NpgsqlParameter[] RemovedParameters(Walk walk, (string Key, long Num) from, (string Key, long Num) to, int limit)
    {
        var (first, beyond) = RangeOf(walk.Spec.Scope);
        return
        [
            PostgresBatch.Of(walk.Spec.Sink),
            PostgresBatch.Of(walk.Id),
            PostgresBatch.Of(first),
            PostgresBatch.Of(beyond),
            PostgresBatch.Of(from.Key),
            PostgresBatch.Of(from.Num),
            PostgresBatch.Of((long)RemovedStep),
            PostgresBatch.Of((long)limit),
            PostgresBatch.Of(to.Key),
            PostgresBatch.Of(to.Num),
            PostgresBatch.Of(walk.Epoch),
        ];
    }
}
