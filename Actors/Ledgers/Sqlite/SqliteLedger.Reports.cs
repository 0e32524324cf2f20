using Sluice.Actors.Storage.Sqlite;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers.Sqlite;

internal sealed partial class SqliteLedger
{
    private const string DocumentColumns = "uri, length, modified, version, media_type, state, generation, chunks, reason, message, content_hash, (SELECT value FROM ledger_configurations AS named WHERE named.num = configuration), doubts";

    /// <summary>Not indexed as it is now, with the text of an earlier run. One of which single chunks failed, or were given up, has its present text.</summary>
    private const string KeepsEarlier = $"state > 2 AND chunks > 0 AND reason NOT IN ('{Reasons.EmbeddingFailed}', '{Reasons.RefusedBySink}', '{Reasons.Dropped}')";

    public Task<Accounting> AccountAsync(Walk walk, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        return ReadAsync(
            session => Account(session, walk),
            new Accounting(0, 0, 0, new Dictionary<string, long>(StringComparer.Ordinal), new Dictionary<string, long>(StringComparer.Ordinal), 0),
            cancellationToken);
    }

    public Task<IReadOnlyList<ScopeSummary>> SummarizeAsync(string sink, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        return ReadAsync<IReadOnlyList<ScopeSummary>>(session => Summarize(session, FindSink(session, sink)), [], cancellationToken);
    }

    public Task<long> CountOutdatedAsync(WalkSpec spec, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return ReadAsync(
            session =>
            {
                // One that is waiting or was interrupted counts when an earlier processing left chunks.
                using var count = session.Prepare(
                    """
                    SELECT count(*) FROM ledger_documents
                     WHERE sink = ? AND uri >= ? AND uri < ? AND configuration <> ? AND (state = 2 OR (state < 2 AND chunks > 0))
                    """);
                var scope = LedgerScope.Of(spec.Scope);
                count.Bind(FindSink(session, spec.Sink)).Bind(scope.First).Bind(scope.Beyond).Bind(FindConfiguration(session, spec.Configuration));
                return count.Step() ? count.Int64(0) : 0;
            },
            0,
            cancellationToken);
    }

    public Task<IReadOnlyList<LedgerDocument>> ListDocumentsAsync(string sink, DocumentId? after, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        return ReadAsync<IReadOnlyList<LedgerDocument>>(
            session =>
            {
                var documents = new List<LedgerDocument>();
                using var rows = session.Prepare($"SELECT {DocumentColumns} FROM ledger_documents WHERE sink = ? AND id > ? ORDER BY id LIMIT ?");
                BindAfter(rows.Bind(FindSink(session, sink)), after?.Value).Bind(limit);
                while (rows.Step())
                {
                    documents.Add(ReadDocument(rows));
                }

                return documents;
            },
            [],
            cancellationToken);
    }

    public Task<IReadOnlyList<LedgerDocument>> FindDocumentsAsync(string sink, IReadOnlyCollection<DocumentId> documents, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        ArgumentNullException.ThrowIfNull(documents);
        return ReadAsync<IReadOnlyList<LedgerDocument>>(
            session =>
            {
                var found = new List<LedgerDocument>();
                var number = FindSink(session, sink);
                foreach (var document in documents)
                {
                    using var row = session.Prepare($"SELECT {DocumentColumns} FROM ledger_documents WHERE sink = ? AND id = ?");
                    if (row.Bind(number).Bind(document.Value).Step())
                    {
                        found.Add(ReadDocument(row));
                    }
                }

                return found;
            },
            [],
            cancellationToken);
    }

    public Task<IReadOnlyList<ChunkId>> ListChunksAsync(string sink, DocumentId document, ChunkId? after, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        return ReadAsync<IReadOnlyList<ChunkId>>(
            session =>
            {
                var chunks = new List<ChunkId>();
                using var rows = session.Prepare("SELECT id FROM ledger_chunks WHERE document = ? AND id > ? ORDER BY id LIMIT ?");
                BindAfter(rows.Bind(FindDocument(session, FindSink(session, sink), document)), after?.Value).Bind(limit);
                while (rows.Step())
                {
                    chunks.Add(new ChunkId(rows.Guid(0)));
                }

                return chunks;
            },
            [],
            cancellationToken);
    }

    /// <summary>The empty blob sorts before every id.</summary>
    private static SqliteStatement BindAfter(SqliteStatement statement, Guid? after) =>
        after is { } last ? statement.Bind(last) : statement.Bind(ReadOnlySpan<byte>.Empty);

    private static LedgerDocument ReadDocument(SqliteStatement row)
    {
        var state = (DocumentState)row.Int32(5);
        var reason = state is DocumentState.Skipped or DocumentState.Dead ? row.NullableText(8) : null;
        var verdict = state == DocumentState.Dead ? Verdict.Dead : Verdict.Skipped;
        return new LedgerDocument(
            ReadListed(row, 0),
            state,
            row.Int64(6),
            row.Int64(7),
            reason is null ? null : new Rejection(verdict, reason, row.NullableText(9) ?? ""))
        {
            ContentHash = row.NullableText(10),
            Configuration = row.NullableText(11),
            Doubt = row.Int64(12),
        };
    }

    private Accounting Account(SqliteSession session, Walk walk)
    {
        long discovered = 0, indexed = 0, unchanged = 0, pending = 0, kept = 0;
        var skipped = new Dictionary<string, long>(StringComparer.Ordinal);
        var dead = new Dictionary<string, long>(StringComparer.Ordinal);
        using var rows = session.Prepare(
            $"""
            SELECT state, CASE WHEN state = 2 THEN settled = ?1 AND NOT unchanged END, CASE WHEN state > 2 THEN reason END, count(*), count(*) FILTER (WHERE {KeepsEarlier})
              FROM ledger_documents WHERE sink = ?2 AND seen = ?1 GROUP BY 1, 2, 3
            """);
        rows.Bind(walk.Id).Bind(FindSink(session, walk.Spec.Sink));
        while (rows.Step())
        {
            var count = rows.Int64(3);
            discovered += count;
            kept += rows.Int64(4);
            switch ((DocumentState)rows.Int32(0))
            {
                case DocumentState.Indexed when rows.Int64(1) != 0:
                    indexed += count;
                    break;
                case DocumentState.Indexed:
                    unchanged += count;
                    break;
                case DocumentState.Skipped:
                    skipped[rows.Text(2)] = count;
                    break;
                case DocumentState.Dead:
                    dead[rows.Text(2)] = count;
                    break;
                default:
                    pending += count;
                    break;
            }
        }

        using var removed = session.Prepare("SELECT removed FROM ledger_walks WHERE num = ?");
        return new Accounting(discovered, indexed, unchanged, skipped, dead, pending) { Kept = kept, Removed = removed.Bind(walk.Id).Step() ? removed.Int64(0) : 0 };
    }

    private static List<ScopeSummary> Summarize(SqliteSession session, long sink)
    {
        var summaries = new List<ScopeSummary>();
        using var walks = session.Prepare(
            """
            SELECT scope, (SELECT value FROM ledger_configurations WHERE num = configuration), began, ended, removed
              FROM ledger_walks WHERE num IN (SELECT max(num) FROM ledger_walks WHERE sink = ? GROUP BY scope) ORDER BY scope
            """);
        walks.Bind(sink);
        while (walks.Step())
        {
            var covered = SourceScope.Parse(walks.Text(0));
            var scope = LedgerScope.Of(covered);
            var states = new Dictionary<DocumentState, long>();
            var kept = 0L;
            using var counts = session.Prepare($"SELECT state, count(*), count(*) FILTER (WHERE {KeepsEarlier}) FROM ledger_documents WHERE sink = ? AND uri >= ? AND uri < ? GROUP BY state");
            counts.Bind(sink).Bind(scope.First).Bind(scope.Beyond);
            while (counts.Step())
            {
                states[(DocumentState)counts.Int32(0)] = counts.Int64(1);
                kept += counts.Int64(2);
            }

            using var chunks = session.Prepare(
                "SELECT count(*) FROM ledger_documents AS d CROSS JOIN ledger_chunks AS c ON c.document = d.num WHERE d.sink = ? AND d.uri >= ? AND d.uri < ?");
            chunks.Bind(sink).Bind(scope.First).Bind(scope.Beyond).Step();
            summaries.Add(new ScopeSummary(
                covered, walks.Text(1), states, chunks.Int64(0), new DateTimeOffset(walks.Int64(2), TimeSpan.Zero), !walks.IsNull(3))
            {
                Kept = kept,
                Removed = walks.Int64(4),
            });
        }

        return summaries;
    }
}
