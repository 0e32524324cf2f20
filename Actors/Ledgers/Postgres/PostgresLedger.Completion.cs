using System.Text.Json;
using Npgsql;
using Sluice.Actors.Storage.Postgres;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers.Postgres;

internal sealed partial class PostgresLedger
{
    private const int MaxExcerpt = 200;

    // Documents that were removed, or begun anew, meanwhile are left out, with their letters. Letters of what proved
    // unchanged go too: they were left by its listing, or by an opening that failed, and its content answers them.
    private const string CompleteStatement =
        $"""
        WITH done AS (
          UPDATE ledger_documents AS d
             SET state = i.state, queue = NULL, dirty = false, problem = false, unchanged = i.unchanged, generation = CASE WHEN i.unchanged THEN d.generation ELSE i.generation END, settled = $2,
                 configuration = (SELECT num FROM ledger_configurations WHERE value = $3), reason = i.reason, message = i.message,
                 content_hash = CASE WHEN i.state = 2 THEN coalesce(i.content_hash, CASE WHEN i.unchanged THEN d.content_hash END)
                                     WHEN i.keeps AND d.configuration = (SELECT num FROM ledger_configurations WHERE value = $3) THEN d.content_hash END,
                 chunks = CASE WHEN i.unchanged THEN greatest(d.chunks, i.chunks) WHEN i.keeps THEN d.chunks ELSE i.chunks END,
                 length = CASE WHEN i.listed THEN i.length ELSE d.length END,
                 modified = CASE WHEN i.listed THEN i.modified ELSE d.modified END,
                 version = CASE WHEN i.listed THEN i.version ELSE d.version END,
                 media_type = CASE WHEN i.listed THEN i.media_type ELSE d.media_type END
            FROM unnest($4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
                 AS i(id, generation, state, unchanged, content_hash, chunks, reason, message, listed, length, modified, version, media_type, keeps)
                 {NumberOfEach}
           WHERE d.num = n.num AND d.generation <= i.generation
          RETURNING d.num, d.sink, d.id),
        gone AS (
          DELETE FROM ledger_dead_letters WHERE document = ANY (ARRAY(SELECT num FROM done)))
        INSERT INTO ledger_dead_letters (sink, document, chunk, place, reason, message, attempts, at, excerpt)
        SELECT done.sink, done.num, l.chunk, l.place, l.reason, l.message, l.attempts, l.at, l.excerpt
          FROM unnest($18, $19, $20, $21, $22, $23, $24, $25) WITH ORDINALITY AS l(id, chunk, place, reason, message, attempts, at, excerpt, n)
               JOIN done ON done.id = l.id
         ORDER BY l.n
        """;

    public Task CompleteAsync(Walk walk, IReadOnlyList<DocumentOutcome> outcomes, CancellationToken cancellationToken)
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
            return Task.CompletedTask;
        }

        var rounds = Rounds(outcomes, static outcome => outcome.Document.Value);
        return ExecuteAsync(
            batch =>
            {
                AddNames(batch, walk.Spec);
                foreach (var round in rounds)
                {
                    batch.Then(CompleteStatement, [.. OutcomeParameters(walk, round), .. LetterParameters(LettersOf(round))]);
                }
            },
            cancellationToken);
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
