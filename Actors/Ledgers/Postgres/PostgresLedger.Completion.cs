using System.Text.Json;
using Npgsql;
using Sluice.Actors.Storage.Postgres;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers.Postgres;

internal sealed partial class PostgresLedger
{
    private const int MaxExcerpt = 200;

    // Documents that were removed, or begun anew, meanwhile are left out, with their letters. Letters of what proved
    // unchanged go too: they were left by its listing, or by an opening that failed, and its content answers them.
    // `whole`: as many chunks are recorded in its generation as it has. One that is not whole is pending again; one that somebody else has, while this owner began it,
    // is doubted, and so is one that still has chunks of an earlier generation: they were forgotten once, so the ledger's memory went back.
    private const string CompleteStatement =
        $"""
        WITH given AS MATERIALIZED (
          SELECT i.*, n.num, NOT i.counted OR c.own = i.chunks AS whole, c.own < c.every AS leftover
            FROM unnest($4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $26, $27, $28)
                 AS i(id, generation, state, unchanged, content_hash, chunks, reason, message, listed, length, modified, version, media_type, keeps, begun, counted, doubtful)
                 {NumberOfEach}
                 CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE generation = i.generation) AS own, count(*) AS every
                                       FROM ledger_chunks WHERE document = n.num AND i.counted) AS c),
        done AS (
          UPDATE ledger_documents AS d
             SET state = i.state, queue = NULL, dirty = false, attempts = 0, unconfirmed = d.unconfirmed OR i.leftover OR i.doubtful, doubts = d.doubts + (i.leftover OR i.doubtful)::int, problem = false, unchanged = i.unchanged, generation = CASE WHEN i.unchanged THEN d.generation ELSE i.generation END, settled = $2,
                 configuration = (SELECT num FROM ledger_configurations WHERE value = $3), reason = i.reason, message = i.message,
                 content_hash = CASE WHEN i.state = 2 THEN coalesce(i.content_hash, CASE WHEN i.unchanged THEN d.content_hash END)
                                     WHEN i.keeps AND d.configuration = (SELECT num FROM ledger_configurations WHERE value = $3) THEN d.content_hash END,
                 chunks = CASE WHEN i.unchanged THEN greatest(d.chunks, i.chunks) WHEN i.keeps THEN d.chunks ELSE i.chunks END,
                 length = CASE WHEN i.listed THEN i.length ELSE d.length END,
                 modified = CASE WHEN i.listed THEN i.modified ELSE d.modified END,
                 version = CASE WHEN i.listed THEN i.version ELSE d.version END,
                 media_type = CASE WHEN i.listed THEN i.media_type ELSE d.media_type END
            FROM given AS i
           WHERE d.num = i.num AND i.whole AND {IsMine}
          RETURNING d.num, d.sink, d.id),
        undone AS (
          UPDATE ledger_documents AS d SET state = 0, queue = d.seen, {SetDoubted}, content_hash = NULL
            FROM given AS i
           WHERE d.num = i.num AND NOT i.whole AND {IsMine}
          RETURNING d.id),
        doubted AS (
          UPDATE ledger_documents AS d SET {SetDoubted} FROM given AS i WHERE d.num = i.num AND i.begun AND NOT {IsMine}),
        gone AS (
          DELETE FROM ledger_dead_letters WHERE document = ANY (ARRAY(SELECT num FROM done))),
        lettered AS (
          INSERT INTO ledger_dead_letters (sink, document, chunk, place, reason, message, attempts, at, excerpt)
          SELECT done.sink, done.num, l.chunk, l.place, l.reason, l.message, l.attempts, l.at, l.excerpt
            FROM unnest($18, $19, $20, $21, $22, $23, $24, $25) WITH ORDINALITY AS l(id, chunk, place, reason, message, attempts, at, excerpt, n)
                 JOIN done ON done.id = l.id
           ORDER BY l.n)
        SELECT id, true FROM done UNION ALL SELECT id, false FROM undone
        """;

    private const string IsMine = "(d.seen = $2 AND CASE WHEN i.begun THEN d.generation = i.generation ELSE d.generation < i.generation END)";

    public async Task<IReadOnlyDictionary<DocumentId, CompletionRefusal>> CompleteAsync(Walk walk, IReadOnlyList<DocumentOutcome> outcomes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        ArgumentNullException.ThrowIfNull(outcomes);
        foreach (var outcome in outcomes)
        {
            if (outcome.State < DocumentState.Indexed)
            {
                throw new ArgumentException($"{outcome.State} is not how a document ends.", nameof(outcomes));
            }
        }

        if (outcomes.Count == 0)
        {
            return new Dictionary<DocumentId, CompletionRefusal>();
        }

        var rounds = Rounds(outcomes, static outcome => outcome.Document.Value);
        var answers = await ReadAsync(
            batch =>
            {
                AddNames(batch, walk.Spec);
                foreach (var round in rounds)
                {
                    batch.Then(
                        CompleteStatement,
                        [.. OutcomeParameters(walk, round), .. LetterParameters(LettersOf(round)), PostgresBatch.Of(Array.ConvertAll(round, static outcome => outcome.Begun && !IsUnchanged(outcome))), PostgresBatch.Of(Array.ConvertAll(round, static outcome => outcome.IsCounted)), PostgresBatch.Of(Array.ConvertAll(round, static outcome => outcome.Doubtful))]);
                }
            },
            static row => (Id: new DocumentId(row.GetGuid(0)), Done: row.GetBoolean(1)),
            cancellationToken).ConfigureAwait(false);
        var refused = outcomes.Select(static outcome => outcome.Document).Distinct().ToDictionary(static document => document, static _ => CompletionRefusal.Superseded);
        foreach (var (document, done) in answers)
        {
            if (done)
            {
                refused.Remove(document);
            }
            else
            {
                refused[document] = CompletionRefusal.Incomplete;
            }
        }

        return refused;
    }

    private static bool IsUnchanged(DocumentOutcome outcome) => outcome is { State: DocumentState.Indexed, Unchanged: true };

    private static NpgsqlParameter[] OutcomeParameters(Walk walk, DocumentOutcome[] round) =>
    [
        PostgresBatch.Of(walk.Spec.Sink),
        PostgresBatch.Of(walk.Id),
        PostgresBatch.Of(walk.Spec.Configuration),
        PostgresBatch.Of(Array.ConvertAll(round, static outcome => outcome.Document.Value)),
        PostgresBatch.Of(Array.ConvertAll(round, static outcome => outcome.Generation)),
        PostgresBatch.Of(Array.ConvertAll(round, static outcome => (short)outcome.State)),
        PostgresBatch.Of(Array.ConvertAll(round, IsUnchanged)),
        PostgresBatch.Of(Array.ConvertAll(round, static outcome => outcome.ContentHash)),
        PostgresBatch.Of(Array.ConvertAll(round, static outcome => outcome.ChunkCount)),
        PostgresBatch.Of(Array.ConvertAll(round, static outcome => outcome.State == DocumentState.Indexed ? null : outcome.Rejection?.Reason ?? Reasons.ParserFailed)),
        PostgresBatch.Of(Array.ConvertAll(
            round, static outcome => outcome.State == DocumentState.Indexed ? null : PostgresBatch.Storable(outcome.Rejection?.Message ?? "no reason was given"))),
        PostgresBatch.Of(Array.ConvertAll(round, static outcome => outcome.Listed is not null)),
        PostgresBatch.Of(Array.ConvertAll(round, static outcome => outcome.Listed?.Length)),
        PostgresBatch.Of(Array.ConvertAll(round, static outcome => outcome.Listed?.Modified?.UtcTicks)),
        PostgresBatch.Of(Array.ConvertAll(round, static outcome => PostgresBatch.Storable(outcome.Listed?.Version))),
        PostgresBatch.Of(Array.ConvertAll(round, static outcome => PostgresBatch.Storable(outcome.Listed?.MediaType))),
        PostgresBatch.Of(Array.ConvertAll(round, static outcome => outcome.KeepsEarlier && outcome.State != DocumentState.Indexed)),
    ];

    /// <summary>The letters of outcomes; a dead one that brings none gets one for the document.</summary>
    private DeadLetter[] LettersOf(DocumentOutcome[] round)
    {
        var letters = new List<DeadLetter>();
        foreach (var outcome in round)
        {
            foreach (var letter in outcome.DeadLetters)
            {
                letters.Add(letter with { Document = outcome.Document });
            }

            if (outcome is { State: DocumentState.Dead, DeadLetters.Count: 0 })
            {
                var rejection = outcome.Rejection ?? Rejection.Dead(Reasons.ParserFailed, "no reason was given");
                letters.Add(new DeadLetter(0, outcome.Document, "", null, null, rejection.Reason, rejection.Message, 1, _timeProvider.GetUtcNow()));
            }
        }

        return [.. letters];
    }

    private static NpgsqlParameter[] LetterParameters(DeadLetter[] letters) =>
    [
        PostgresBatch.Of(Array.ConvertAll(letters, static letter => letter.Document.Value)),
        PostgresBatch.Of(Array.ConvertAll(letters, static letter => letter.Chunk?.Value)),
        PostgresBatch.Of(Array.ConvertAll(letters, static letter => letter.Place is { } place ? JsonSerializer.Serialize(place) : null)),
        PostgresBatch.Of(Array.ConvertAll(letters, static letter => (string?)letter.Reason)),
        PostgresBatch.Of(Array.ConvertAll(letters, static letter => PostgresBatch.Storable(letter.Message))),
        PostgresBatch.Of(Array.ConvertAll(letters, static letter => letter.Attempts)),
        PostgresBatch.Of(Array.ConvertAll(letters, static letter => letter.At.ToUniversalTime())),
        PostgresBatch.Of(Array.ConvertAll(
            letters, static letter => PostgresBatch.Storable(letter.Excerpt is { Length: > MaxExcerpt } excerpt ? excerpt[..MaxExcerpt] : letter.Excerpt))),
    ];
}
