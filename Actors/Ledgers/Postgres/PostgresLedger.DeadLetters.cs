using System.Text.Json;
using Npgsql;
using Sluice.Actors.Storage.Postgres;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers.Postgres;

internal sealed partial class PostgresLedger
{
    // The generation of a settled one rises, so that what somebody had decided about it before is refused.
    private const string SetPending =
        "state = CASE WHEN state = 1 THEN 1 ELSE 0 END, queue = seen, problem = false, content_hash = NULL, generation = CASE WHEN state > 1 THEN generation + 1 ELSE generation END";

    /// <summary>Whether a dropped letter is of a document as a whole: then its earlier text is forgotten, and the end of the next walk takes it out of the sink.</summary>
    private const string AsAWhole = "EXISTS (SELECT FROM gone WHERE gone.document = d.num AND gone.chunk IS NULL)";

    public Task<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(string sink, long after, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        return ReadAsync(
            batch => batch.Then(
                $"""
                SELECT l.num, d.id, d.uri, l.chunk, l.place, l.reason, l.message, l.attempts, l.at, l.excerpt, CASE WHEN l.chunk IS NULL THEN d.chunks ELSE 0 END
                  FROM ledger_dead_letters AS l JOIN ledger_documents AS d ON d.num = l.document
                 WHERE l.sink = {SinkOf1} AND l.num > $2 ORDER BY l.num LIMIT $3
                """,
                PostgresBatch.Of(sink),
                PostgresBatch.Of(after),
                PostgresBatch.Of(limit)),
            ReadLetter,
            cancellationToken);
    }

    // The letters stay until the documents are processed anew.
    public Task<IReadOnlyList<LedgerDocument>> ReplayAsync(string sink, IReadOnlyCollection<long>? letters, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        var numbers = Numbers(letters);
        return ReadAsync(
            batch => batch.Then(
                $"""
                UPDATE ledger_documents SET {SetPending}
                 WHERE num = ANY (ARRAY(SELECT DISTINCT document FROM ledger_dead_letters WHERE sink = {SinkOf1} {OnlyThose(numbers)} ORDER BY document))
                RETURNING {DocumentColumns}
                """,
                WithNumbers(PostgresBatch.Of(sink), numbers)),
            ReadDocument,
            cancellationToken,
            LongTimeout);
    }

    // A document is dropped with the last of its letters. Where the answer to a commit was lost, the count may be too small.
    public async Task<int> DropAsync(string sink, IReadOnlyCollection<long>? letters, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        var numbers = Numbers(letters);
        var counts = await ReadAsync(
            batch => batch.Then(
                $"""
                WITH gone AS (
                  DELETE FROM ledger_dead_letters WHERE sink = {SinkOf1} {OnlyThose(numbers)} RETURNING num, document, chunk),
                dropped AS (
                  UPDATE ledger_documents AS d
                     SET state = 3, reason = '{Reasons.Dropped}', message = 'its dead letter was dropped', problem = false, content_hash = NULL,
                         chunks = CASE WHEN {AsAWhole} THEN 0 ELSE d.chunks END, unconfirmed = d.unconfirmed OR (d.chunks > 0 AND {AsAWhole}), doubts = d.doubts + (d.chunks > 0 AND {AsAWhole})::int
                   WHERE d.num = ANY (ARRAY(SELECT DISTINCT document FROM gone ORDER BY document)) AND d.state = 4
                     {(numbers is null ? "" : "AND NOT EXISTS (SELECT FROM ledger_dead_letters AS l WHERE l.document = d.num AND l.num <> ALL ($2))")}
                  RETURNING d.num, {AsAWhole} AS whole),
                forgotten AS (
                  DELETE FROM ledger_chunks WHERE document = ANY (ARRAY(SELECT num FROM dropped WHERE whole)))
                SELECT count(*) FROM gone
                """,
                WithNumbers(PostgresBatch.Of(sink), numbers)),
            static row => row.GetInt64(0),
            cancellationToken,
            LongTimeout).ConfigureAwait(false);
        return (int)counts[0];
    }

    private static long[]? Numbers(IReadOnlyCollection<long>? letters)
    {
        if (letters is null)
        {
            return null;
        }

        long[] numbers = [.. letters];
        Array.Sort(numbers);
        return numbers;
    }

    private static string OnlyThose(long[]? numbers) => numbers is null ? "" : "AND num = ANY ($2)";

    private static NpgsqlParameter[] WithNumbers(NpgsqlParameter sink, long[]? numbers) => numbers is null ? [sink] : [sink, PostgresBatch.Of(numbers)];

    private static DeadLetter ReadLetter(NpgsqlDataReader row) => new(
        row.GetInt64(0),
        new DocumentId(row.GetGuid(1)),
        row.GetString(2),
        row.IsDBNull(3) ? null : new ChunkId(row.GetGuid(3)),
        row.NullableText(4) is { } place ? JsonSerializer.Deserialize<Place>(place) : null,
        row.GetString(5),
        row.GetString(6),
        row.GetInt32(7),
        row.GetFieldValue<DateTimeOffset>(8))
    {
        Excerpt = row.NullableText(9),
        KeptChunks = row.GetInt64(10),
    };
}
