using Sluice.Actors.Storage.Sqlite;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers.Sqlite;

internal sealed partial class SqliteLedger
{
    public Task<int> AddListingAsync(Walk walk, ListingPage page, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        ArgumentNullException.ThrowIfNull(page);
        return WriteAsync(session => AddListing(session, walk, page), page.Documents.Count * 4, cancellationToken);
    }

    public Task<IReadOnlyList<PendingDocument>> ListPendingAsync(
        Walk walk,
        SlotRange slots,
        IReadOnlySet<DocumentId> exclude,
        int limit,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        ArgumentNullException.ThrowIfNull(exclude);
        return ReadAsync<IReadOnlyList<PendingDocument>>(session => ListPending(session, walk, slots, exclude, limit), [], cancellationToken);
    }

    private int AddListing(SqliteSession session, Walk walk, ListingPage page)
    {
        Require(session, walk);
        RequireAt(session, walk, page);
        var sink = AddSink(session, walk.Spec.Sink);
        var configuration = AddConfiguration(session, walk.Spec.Configuration);
        var pending = 0;
        foreach (var document in page.Documents)
        {
            pending += AddListed(session, walk.Id, sink, configuration, document) ? 1 : 0;
        }

        session.Prepare("UPDATE ledger_walks SET cursor = ?, listed = ?, complete = min(complete, ?) WHERE num = ?")
            .Bind(page.Cursor).Bind(page.Cursor is null ? 1 : 0).Bind(page.Complete ? 1 : 0).Bind(walk.Id).Run();
        return pending;
    }

    /// <summary>Refuses a page that does not follow where the ledger stands; the page itself may be in already, its answer was lost.</summary>
    private static void RequireAt(SqliteSession session, Walk walk, ListingPage page)
    {
        using var at = session.Prepare("SELECT cursor, cursor IS ?2 OR (cursor IS ?3 AND listed = (?3 IS NULL)) FROM ledger_walks WHERE num = ?1");
        at.Bind(walk.Id).Bind(walk.Cursor).Bind(page.Cursor);
        if (!at.Step() || at.Int64(1) == 0)
        {
            throw LedgerScope.ListingLost(walk, at.NullableText(0));
        }
    }

    /// <summary>Takes one listed document.</summary>
    /// <returns>Whether it waits to be processed.</returns>
    private bool AddListed(SqliteSession session, long walk, long sink, long configuration, ListedDocument listed)
    {
        long document;
        DocumentState state;
        bool settledAsListed;
        using (var find = session.Prepare("SELECT num, state, problem, configuration, length, modified, version, reason, seen FROM ledger_documents WHERE sink = ? AND id = ?"))
        {
            if (!find.Bind(sink).Bind(listed.Id.Value).Step())
            {
                find.Reset();
                document = InsertListed(session, walk, sink, listed);
                return listed.Problem is null || !SettleProblem(session, walk, sink, document, listed.Problem);
            }

            if (find.Int64(8) > walk)
            {
                return false; // A later walk has it: it would look removed there.
            }

            document = find.Int64(0);
            state = (DocumentState)find.Int32(1);
            settledAsListed = state >= DocumentState.Indexed
                && find.Int64(2) == 0
                && (state == DocumentState.Indexed || Reasons.AreOfContent(find.NullableText(7) ?? "")) // What the surroundings did says nothing about the document.
                && find.NullableInt64(3) == configuration
                && IsSame(listed, find.NullableInt64(4), find.NullableInt64(5), find.NullableText(6));
        }

        if (settledAsListed && listed.Problem is null)
        {
            session.Prepare("UPDATE ledger_documents SET seen = ? WHERE num = ?").Bind(walk).Bind(document).Run();
            return false;
        }

        // Interrupted ones stay in processing; everything else waits.
        session.Prepare(
            """
            UPDATE ledger_documents
               SET seen = ?, state = (state = 1), problem = 0, uri = ?, length = ?, modified = ?, version = ?, media_type = ?
             WHERE num = ?
            """)
            .Bind(walk).Bind(listed.Uri).Bind(listed.Length).Bind(listed.Modified?.UtcTicks).Bind(listed.Version).Bind(listed.MediaType).Bind(document).Run();
        return listed.Problem is null || !SettleProblem(session, walk, sink, document, listed.Problem);
    }

    private static long InsertListed(SqliteSession session, long walk, long sink, ListedDocument listed)
    {
        session.Prepare(
            "INSERT INTO ledger_documents(sink, id, slot, state, seen, born, doubts, uri, length, modified, version, media_type) VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?)")
            .Bind(sink).Bind(listed.Id.Value).Bind(listed.Id.Slot).Bind(walk).Bind(walk).Bind(walk << 32).Bind(listed.Uri)
            .Bind(listed.Length).Bind(listed.Modified?.UtcTicks).Bind(listed.Version).Bind(listed.MediaType).Run();
        return session.LastInsertRowId;
    }

    /// <summary>Settles a document whose listing already says that it cannot be read. What the sink holds of it stays.</summary>
    private bool SettleProblem(SqliteSession session, long walk, long sink, long document, Rejection problem)
    {
        var dead = problem.Verdict == Verdict.Dead;
        session.Prepare("UPDATE ledger_documents SET state = ?, problem = 1, unchanged = 0, settled = ?, reason = ?, message = ? WHERE num = ?")
            .Bind((long)(dead ? DocumentState.Dead : DocumentState.Skipped)).Bind(walk).Bind(problem.Reason).Bind(problem.Message).Bind(document).Run();
        if (!dead)
        {
            DeleteLetters(session, document);
        }
        else if (!HasLetter(session, document, problem))
        {
            DeleteLetters(session, document);
            AddLetter(session, sink, document, problem);
        }

        return true;
    }

    /// <summary>By the source's version mark where both have one, else by length and time of modification; where neither is known, only its content can tell.</summary>
    private static bool IsSame(ListedDocument listed, long? length, long? modified, string? version) =>
        listed.Version is not null && version is not null
            ? listed.Version.Equals(version, StringComparison.Ordinal)
            : listed.Modified is { } known && known.UtcTicks == modified && listed.Length == length;

    private List<PendingDocument> ListPending(SqliteSession session, Walk walk, SlotRange slots, IReadOnlySet<DocumentId> exclude, int limit)
    {
        var pending = new List<PendingDocument>(Math.Min(limit, 1024));
        var sink = FindSink(session, walk.Spec.Sink);
        var configuration = FindConfiguration(session, walk.Spec.Configuration);
        using var rows = session.Prepare(
            """
            SELECT uri, length, modified, version, media_type, generation, configuration, content_hash, dirty, chunks, attempts
              FROM ledger_documents
             WHERE sink = ? AND seen = ? AND state < 2 AND slot >= ? AND slot < ?
             ORDER BY slot, num
            """);
        rows.Bind(sink).Bind(walk.Id).Bind(slots.Start).Bind(slots.End);
        while (pending.Count < limit && rows.Step())
        {
            var document = new PendingDocument(
                ReadListed(rows, 0),
                rows.Int64(5),
                rows.NullableInt64(6) == configuration ? rows.NullableText(7) : null,
                rows.Int64(8) != 0)
            {
                EarlierChunks = rows.Int64(9),
                Attempts = (int)rows.Int64(10),
            };
            if (!exclude.Contains(document.Id))
            {
                pending.Add(document);
            }
        }

        return pending;
    }

    /// <summary>Reads uri, length, modified, version and media_type.</summary>
    private static ListedDocument ReadListed(SqliteStatement row, int column) => new(
        row.Text(column),
        row.NullableInt64(column + 1),
        row.NullableInt64(column + 2) is { } ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null,
        row.NullableText(column + 3),
        row.NullableText(column + 4));
}
