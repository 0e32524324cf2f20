using System.Collections.Concurrent;
using Npgsql;
using Sluice.Actors.Storage.Postgres;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers.Postgres;

internal sealed partial class PostgresLedger
{
    /// <summary>Reads a page of pending documents: along one index that has no settled ones.</summary>
    internal const string PendingStatement =
        $"""
        SELECT d.uri, d.length, d.modified, d.version, d.media_type, d.generation,
               CASE WHEN d.configuration = (SELECT num FROM ledger_configurations WHERE value = $2) THEN d.content_hash END, d.dirty, d.chunks, d.attempts
          FROM ledger_documents AS d
         WHERE d.sink = {SinkOf1} AND d.queue = $3 AND d.slot >= $4 AND d.slot < $5
         ORDER BY d.slot, d.num LIMIT $6
        """;

    // $13 and below: a document that is settled and listed as it was under the same configuration is only seen. Interrupted ones stay in processing.
    // Everything else waits, or is settled at once by its problem: also what the surroundings did to it, which says nothing about the document ($14: reasons that do). `given` is what the page says, `d` what the ledger has.
    // What a later walk has seen is left to it: it would look removed there. Nothing is taken from one who holds the walk no more, or whose page is not the one that was taken ($15).
    private const string ListStatement =
        $"""
        WITH listed AS (
          INSERT INTO ledger_documents AS d
                 (sink, id, slot, state, seen, born, doubts, queue, settled, problem, uri, length, modified, version, media_type, reason, message)
          SELECT s.num, p.id, p.slot, p.state, $2, $2, $2 << 32, CASE WHEN p.state < 2 THEN $2 END, CASE WHEN p.state < 2 THEN 0 ELSE $2 END, p.state >= 2,
                 p.uri, p.length, p.modified, p.version, p.media_type, p.reason, p.message
            FROM (SELECT sink AS num FROM ledger_walks WHERE num = $2 AND epoch = $1 AND cursor IS NOT DISTINCT FROM $15 AND listed = ($15 IS NULL)) AS s,
                 unnest($4, $5, $6, $7, $8, $9, $10, $11, $12, $13) AS p(id, slot, state, uri, length, modified, version, media_type, reason, message)
          ON CONFLICT (sink, id) DO UPDATE SET
            (seen, state, queue, settled, problem, unchanged, reason, message, uri, length, modified, version, media_type) = (
              SELECT given.seen,
                     CASE WHEN same THEN d.state WHEN given.problem THEN given.state WHEN d.state = 1 THEN 1 ELSE 0 END,
                     CASE WHEN NOT same AND NOT given.problem THEN given.seen END,
                     CASE WHEN given.problem THEN given.seen ELSE d.settled END,
                     CASE WHEN same THEN d.problem ELSE given.problem END,
                     d.unchanged AND NOT given.problem,
                     CASE WHEN given.problem THEN given.reason ELSE d.reason END,
                     CASE WHEN given.problem THEN given.message ELSE d.message END,
                     CASE WHEN same THEN d.uri ELSE given.uri END,
                     CASE WHEN same THEN d.length ELSE given.length END,
                     CASE WHEN same THEN d.modified ELSE given.modified END,
                     CASE WHEN same THEN d.version ELSE given.version END,
                     CASE WHEN same THEN d.media_type ELSE given.media_type END
                FROM (SELECT excluded.*) AS given,
                     (SELECT coalesce(
                        d.state >= 2 AND NOT d.problem AND NOT excluded.problem AND (d.state = 2 OR d.reason = ANY ($14))
                        AND d.configuration = (SELECT num FROM ledger_configurations WHERE value = $3)
                        AND CASE WHEN excluded.version IS NOT NULL AND d.version IS NOT NULL THEN excluded.version = d.version
                                 ELSE excluded.modified = d.modified AND excluded.length IS NOT DISTINCT FROM d.length END,
                        false) AS same) AS compared)
           WHERE d.seen <= excluded.seen
          RETURNING d.state)
        SELECT count(*) FROM listed WHERE state < 2
        """;

    /// <summary>The first row of a page's answer: the walk is held.</summary>
    private const long Held = -1;

    private const string HeldText = "-1";

    private const string ProblemsOf2 =
        $"""
        unnest($2, $3, $4, $5) AS p(id, dead, reason, message) CROSS JOIN LATERAL
        (SELECT d.num, d.sink FROM ledger_documents AS d WHERE d.sink = {SinkOf1} AND d.id = p.id AND d.seen = $7
            AND EXISTS (SELECT FROM ledger_walks WHERE num = $7 AND epoch = $8 AND cursor IS NOT DISTINCT FROM $9 AND listed = ($9 IS NULL)) LIMIT 1) AS d
        """;

    // The letter of a problem that was listed before stays; any other is replaced.
    private const string DropLettersOfProblems =
        $"""
        DELETE FROM ledger_dead_letters WHERE document = ANY (ARRAY(
          SELECT d.num FROM {ProblemsOf2}
           WHERE NOT (p.dead AND EXISTS (
             SELECT FROM ledger_dead_letters AS l WHERE l.document = d.num AND l.chunk IS NULL AND l.reason = p.reason AND l.message = p.message))))
        """;

    private const string AddLettersOfProblems =
        $"""
        INSERT INTO ledger_dead_letters (sink, document, reason, message, attempts, at)
        SELECT d.sink, d.num, p.reason, p.message, 1, $6::timestamptz FROM {ProblemsOf2}
         WHERE p.dead AND NOT EXISTS (SELECT FROM ledger_dead_letters AS l WHERE l.document = d.num)
        """;

    // The slot where the last page began: settled documents before it leave entries in the index until the next vacuum, which each page would pass again. What
    // stands before it comes when the end is reached. Only saves time; any value is right.
    private readonly ConcurrentDictionary<(long Walk, SlotRange Slots), int> _pendingHints = new();

    public async Task<int> AddListingAsync(Walk walk, ListingPage page, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        ArgumentNullException.ThrowIfNull(page);
        var rounds = Rounds(page.Documents, static document => document.Id.Value);
        var counts = await ReadAsync(batch => AddListing(batch, walk, page, rounds), static row => row.GetInt64(0), cancellationToken).ConfigureAwait(false);
        if (counts.Count == 0 || counts[0] != Held)
        {
            throw await RefusedAsync(walk, cancellationToken).ConfigureAwait(false);
        }

        var pending = 0L;
        foreach (var count in counts.Skip(1))
        {
            pending += count;
        }

        return (int)pending;
    }

    public async Task<IReadOnlyList<PendingDocument>> ListPendingAsync(
        Walk walk,
        SlotRange slots,
        IReadOnlySet<DocumentId> exclude,
        int limit,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        ArgumentNullException.ThrowIfNull(exclude);

        // Those in hand come first in the order, or nearly so: leaving them out here costs less than sending them there.
        var wanted = (long)limit + exclude.Count;
        var begin = Math.Clamp(_pendingHints.GetValueOrDefault((walk.Id, slots), slots.Start), slots.Start, slots.End);
        var found = await ReadPendingAsync(walk, new SlotRange(begin, slots.End), wanted, cancellationToken).ConfigureAwait(false);
        if (found.Count < wanted && begin > slots.Start)
        {
            found = [.. found, .. await ReadPendingAsync(walk, new SlotRange(slots.Start, begin), wanted - found.Count, cancellationToken).ConfigureAwait(false)];
        }

        RememberPending((walk.Id, slots), found);
        var pending = new List<PendingDocument>(Math.Min(limit, found.Count));
        foreach (var document in found)
        {
            if (pending.Count < limit && !exclude.Contains(document.Id))
            {
                pending.Add(document);
            }
        }

        return pending;
    }

    private Task<IReadOnlyList<PendingDocument>> ReadPendingAsync(Walk walk, SlotRange slots, long limit, CancellationToken cancellationToken) => ReadAsync(
        batch => batch.Then(
            PendingStatement,
            PostgresBatch.Of(walk.Spec.Sink),
            PostgresBatch.Of(walk.Spec.Configuration),
            PostgresBatch.Of(walk.Id),
            PostgresBatch.Of(slots.Start),
            PostgresBatch.Of(slots.End),
            PostgresBatch.Of(limit)),
        static row => new PendingDocument(ReadListed(row), row.GetInt64(5), row.NullableText(6), row.GetBoolean(7)) { EarlierChunks = row.GetInt64(8), Attempts = row.GetInt32(9) },
        cancellationToken);

    private void RememberPending((long Walk, SlotRange Slots) key, IReadOnlyList<PendingDocument> found)
    {
        if (_pendingHints.Count >= DocumentId.SlotCount)
        {
            _pendingHints.Clear(); // Walks that are over.
        }

        if (found.Count > 0)
        {
            _pendingHints[key] = found[0].Id.Slot;
        }
        else
        {
            _pendingHints.TryRemove(key, out _);
        }
    }

    private void AddListing(NpgsqlBatch batch, Walk walk, ListingPage page, List<ListedDocument[]> rounds)
    {
        // First, since it locks the walk: none takes it over until the page is in. The page itself may be in already: its answer was lost.
        batch.Then(
            $"""
            UPDATE ledger_walks SET cursor = $3, listed = $4, complete = complete AND $5
             WHERE num = $1 AND epoch = $2 AND (cursor IS NOT DISTINCT FROM $6 OR (cursor IS NOT DISTINCT FROM $3 AND listed = $4))
            RETURNING {HeldText}::bigint
            """,
            PostgresBatch.Of(walk.Id),
            PostgresBatch.Of(walk.Epoch),
            PostgresBatch.Of(page.Cursor),
            PostgresBatch.Of(page.Cursor is null),
            PostgresBatch.Of(page.Complete),
            PostgresBatch.Of(walk.Cursor));
        foreach (var round in rounds)
        {
            AddRound(batch, walk, page, round);
            if (Array.FindAll(round, static document => document.Problem is not null) is { Length: > 0 } problems)
            {
                batch.Then(DropLettersOfProblems, ProblemParameters(walk, page, problems));
                batch.Then(AddLettersOfProblems, ProblemParameters(walk, page, problems));
            }
        }
    }

    private static void AddRound(NpgsqlBatch batch, Walk walk, ListingPage page, ListedDocument[] round) => batch.Then(
        ListStatement,
        PostgresBatch.Of(walk.Epoch),
        PostgresBatch.Of(walk.Id),
        PostgresBatch.Of(walk.Spec.Configuration),
        PostgresBatch.Of(Array.ConvertAll(round, static document => document.Id.Value)),
        PostgresBatch.Of(Array.ConvertAll(round, static document => (short)document.Id.Slot)),
        PostgresBatch.Of(Array.ConvertAll(round, static document => (short)(document.Problem switch
        {
            null => DocumentState.Pending,
            { Verdict: Verdict.Dead } => DocumentState.Dead,
            _ => DocumentState.Skipped,
        }))),
        PostgresBatch.Of(Array.ConvertAll(round, static document => (string?)document.Uri)),
        PostgresBatch.Of(Array.ConvertAll(round, static document => document.Length)),
        PostgresBatch.Of(Array.ConvertAll(round, static document => document.Modified?.UtcTicks)),
        PostgresBatch.Of(Array.ConvertAll(round, static document => PostgresBatch.Storable(document.Version))),
        PostgresBatch.Of(Array.ConvertAll(round, static document => PostgresBatch.Storable(document.MediaType))),
        PostgresBatch.Of(Array.ConvertAll(round, static document => document.Problem?.Reason)),
        PostgresBatch.Of(Array.ConvertAll(round, static document => PostgresBatch.Storable(document.Problem?.Message))),
        PostgresBatch.Of((string?[])[.. Reasons.OfContent]),
        PostgresBatch.Of(page.Cursor));

    private NpgsqlParameter[] ProblemParameters(Walk walk, ListingPage page, ListedDocument[] problems) =>
    [
        PostgresBatch.Of(walk.Spec.Sink),
        PostgresBatch.Of(Array.ConvertAll(problems, static document => document.Id.Value)),
        PostgresBatch.Of(Array.ConvertAll(problems, static document => document.Problem!.Verdict == Verdict.Dead)),
        PostgresBatch.Of(Array.ConvertAll(problems, static document => (string?)document.Problem!.Reason)),
        PostgresBatch.Of(Array.ConvertAll(problems, static document => PostgresBatch.Storable(document.Problem!.Message))),
        PostgresBatch.Of(_timeProvider.GetUtcNow()),
        PostgresBatch.Of(walk.Id),
        PostgresBatch.Of(walk.Epoch),
        PostgresBatch.Of(page.Cursor),
    ];

    /// <summary>Reads uri, length, modified, version and media_type: the first five columns.</summary>
    private static ListedDocument ReadListed(NpgsqlDataReader row) => new(
        row.GetString(0),
        row.NullableInt64(1),
        row.NullableInt64(2) is { } ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null,
        row.NullableText(3),
        row.NullableText(4));
}
