using Npgsql;
using Sluice.Actors.Storage.Postgres;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers.Postgres;

internal sealed partial class PostgresLedger
{
    private const string DocumentColumns = "uri, length, modified, version, media_type, state, generation, chunks, reason, message, content_hash, (SELECT value FROM ledger_configurations AS named WHERE named.num = configuration), doubts";

    /// <summary>Not indexed as it is now, with the text of an earlier run. One of which single chunks failed, or were given up, has its present text.</summary>
    private const string KeepsEarlier = $"state > 2 AND chunks > 0 AND reason NOT IN ('{Reasons.EmbeddingFailed}', '{Reasons.RefusedBySink}', '{Reasons.Dropped}')";

    /// <summary>Stands for the walk itself among the states of its documents.</summary>
    private const DocumentState Walked = (DocumentState)(-1);

    public async Task<Accounting> AccountAsync(Walk walk, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        var counts = await ReadAsync(
            batch => batch.Then(ForReports).Then(
                $"""
                SELECT state, coalesce(CASE WHEN state = 2 THEN settled = $2 AND NOT unchanged END, false), CASE WHEN state > 2 THEN reason END, count(*), count(*) FILTER (WHERE {KeepsEarlier})
                  FROM ledger_documents WHERE sink = {SinkOf1} AND seen = $2 GROUP BY 1, 2, 3
                UNION ALL
                SELECT -1, false, NULL, removed, 0 FROM ledger_walks WHERE num = $2
                """,
                PostgresBatch.Of(walk.Spec.Sink),
                PostgresBatch.Of(walk.Id)),
            static row => (State: (DocumentState)row.GetInt32(0), Now: row.GetBoolean(1), Reason: row.NullableText(2), Count: row.GetInt64(3), Kept: row.GetInt64(4)),
            cancellationToken,
            LongTimeout).ConfigureAwait(false);

        long discovered = 0, indexed = 0, unchanged = 0, pending = 0, kept = 0, removed = 0;
        var skipped = new Dictionary<string, long>(StringComparer.Ordinal);
        var dead = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (state, now, reason, count, keeping) in counts)
        {
            if (state == Walked)
            {
                removed = count;
                continue;
            }

            discovered += count;
            kept += keeping;
            switch (state)
            {
                case DocumentState.Indexed when now:
                    indexed += count;
                    break;
                case DocumentState.Indexed:
                    unchanged += count;
                    break;
                case DocumentState.Skipped:
                    skipped[reason ?? ""] = count;
                    break;
                case DocumentState.Dead:
                    dead[reason ?? ""] = count;
                    break;
                default:
                    pending += count;
                    break;
            }
        }

        return new Accounting(discovered, indexed, unchanged, skipped, dead, pending) { Kept = kept, Removed = removed };
    }

    public async Task<IReadOnlyList<ScopeSummary>> SummarizeAsync(string sink, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        var walks = await ReadAsync(
            batch => batch.Then(
                $"""
                SELECT w.scope, c.value, w.began, w.ended IS NOT NULL, w.removed
                  FROM ledger_walks AS w JOIN ledger_configurations AS c ON c.num = w.configuration
                 WHERE w.num = ANY (ARRAY(SELECT max(num) FROM ledger_walks WHERE sink = {SinkOf1} GROUP BY scope)) ORDER BY w.scope
                """,
                PostgresBatch.Of(sink)),
            static row => (Scope: SourceScope.Parse(row.GetString(0)), Configuration: row.GetString(1), Began: row.GetFieldValue<DateTimeOffset>(2), Ended: row.GetBoolean(3), Removed: row.GetInt64(4)),
            cancellationToken).ConfigureAwait(false);
        var summaries = new List<ScopeSummary>(walks.Count);
        foreach (var walk in walks)
        {
            var (states, chunks, kept) = await CountAsync(sink, walk.Scope, cancellationToken).ConfigureAwait(false);
            summaries.Add(new ScopeSummary(walk.Scope, walk.Configuration, states, chunks, walk.Began, walk.Ended) { Kept = kept, Removed = walk.Removed });
        }

        return summaries;
    }

    public async Task<long> CountOutdatedAsync(WalkSpec spec, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var (first, beyond) = RangeOf(spec.Scope);

        // One that is waiting or was interrupted counts when an earlier processing left chunks.
        var counts = await ReadAsync(
            batch => batch.Then(ForReports).Then(
                $"""
                SELECT count(*) FROM ledger_documents
                 WHERE sink = {SinkOf1} AND left(uri, 600) >= left($2, 600) AND left(uri, 600) <= left($3, 600) AND uri >= $2 AND uri < $3
                   AND configuration <> coalesce((SELECT num FROM ledger_configurations WHERE value = $4), 0) AND (state = 2 OR (state < 2 AND chunks > 0))
                """,
                PostgresBatch.Of(spec.Sink),
                PostgresBatch.Of(first),
                PostgresBatch.Of(beyond),
                PostgresBatch.Of(spec.Configuration)),
            static row => row.GetInt64(0),
            cancellationToken,
            LongTimeout).ConfigureAwait(false);
        return counts[0];
    }

    public Task<IReadOnlyList<LedgerDocument>> FindDocumentsAsync(string sink, IReadOnlyCollection<DocumentId> documents, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        ArgumentNullException.ThrowIfNull(documents);
        var ids = Sorted(documents);
        return ReadAsync(
            batch => batch.Then($"SELECT {DocumentColumns} FROM ledger_documents WHERE num = ANY ({NumbersOf2})", PostgresBatch.Of(sink), PostgresBatch.Of(ids)),
            ReadDocument,
            cancellationToken);
    }

    public Task<IReadOnlyList<LedgerDocument>> ListDocumentsAsync(string sink, DocumentId? after, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        var behind = after is null ? "" : "AND id > $3";
        return ReadAsync(
            batch => batch.Then(
                $"SELECT {DocumentColumns} FROM ledger_documents WHERE sink = {SinkOf1} {behind} ORDER BY id LIMIT $2",
                after is { } last ? [PostgresBatch.Of(sink), PostgresBatch.Of(limit), PostgresBatch.Of(last.Value)] : [PostgresBatch.Of(sink), PostgresBatch.Of(limit)]),
            ReadDocument,
            cancellationToken);
    }

    public Task<IReadOnlyList<ChunkId>> ListChunksAsync(string sink, DocumentId document, ChunkId? after, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        var behind = after is null ? "" : "AND id > $4";
        return ReadAsync(
            batch => batch.Then(
                $"SELECT id FROM ledger_chunks WHERE document = (SELECT num FROM ledger_documents WHERE sink = {SinkOf1} AND id = $2) {behind} ORDER BY id LIMIT $3",
                [PostgresBatch.Of(sink), PostgresBatch.Of(document.Value), PostgresBatch.Of(limit), .. after is { } last ? (NpgsqlParameter[])[PostgresBatch.Of(last.Value)] : []]),
            static row => new ChunkId(row.GetGuid(0)),
            cancellationToken);
    }

    /// <summary>Documents of a scope by state, and their chunks.</summary>
    private async Task<(Dictionary<DocumentState, long> States, long Chunks, long Kept)> CountAsync(string sink, SourceScope scope, CancellationToken cancellationToken)
    {
        var (first, beyond) = RangeOf(scope);
        var rows = await ReadAsync(
            batch => batch.Then(ForReports).Then(
                $"""
                WITH documents AS MATERIALIZED (
                  SELECT num, state, {KeepsEarlier} AS keeps FROM ledger_documents
                   WHERE sink = {SinkOf1} AND left(uri, 600) >= left($2, 600) AND left(uri, 600) <= left($3, 600) AND uri >= $2 AND uri < $3)
                SELECT state, count(*), count(*) FILTER (WHERE keeps) FROM documents GROUP BY state
                UNION ALL
                SELECT -1, count(*), 0 FROM documents JOIN ledger_chunks AS c ON c.document = documents.num
                """,
                PostgresBatch.Of(sink),
                PostgresBatch.Of(first),
                PostgresBatch.Of(beyond)),
            static row => (State: row.GetInt32(0), Count: row.GetInt64(1), Kept: row.GetInt64(2)),
            cancellationToken,
            LongTimeout).ConfigureAwait(false);
        var states = new Dictionary<DocumentState, long>();
        long chunks = 0, kept = 0;
        foreach (var (state, count, keeping) in rows)
        {
            kept += keeping;
            if (state < 0)
            {
                chunks = count;
            }
            else
            {
                states[(DocumentState)state] = count;
            }
        }

        return (states, chunks, kept);
    }

    private static LedgerDocument ReadDocument(NpgsqlDataReader row)
    {
        var state = (DocumentState)row.GetInt16(5);
        var reason = state is DocumentState.Skipped or DocumentState.Dead ? row.NullableText(8) : null;
        var verdict = state == DocumentState.Dead ? Verdict.Dead : Verdict.Skipped;
        return new LedgerDocument(
            ReadListed(row),
            state,
            row.GetInt64(6),
            row.GetInt64(7),
            reason is null ? null : new Rejection(verdict, reason, row.NullableText(9) ?? ""))
        {
            ContentHash = row.NullableText(10),
            Configuration = row.NullableText(11),
            Doubt = row.GetInt64(12),
        };
    }
}
