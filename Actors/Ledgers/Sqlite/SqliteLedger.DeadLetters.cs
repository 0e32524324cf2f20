using System.Text.Json;
using Sluice.Actors.Storage.Sqlite;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers.Sqlite;

internal sealed partial class SqliteLedger
{
    private const int MaxExcerpt = 200;

    public Task<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(string sink, long after, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        return ReadAsync<IReadOnlyList<DeadLetter>>(
            session =>
            {
                var letters = new List<DeadLetter>();
                using var rows = session.Prepare(
                    """
                    SELECT l.num, d.id, d.uri, l.chunk, l.place, l.reason, l.message, l.attempts, l.at, l.excerpt, CASE WHEN l.chunk IS NULL THEN d.chunks ELSE 0 END
                      FROM ledger_dead_letters AS l JOIN ledger_documents AS d ON d.num = l.document
                     WHERE l.sink = ? AND l.num > ? ORDER BY l.num LIMIT ?
                    """);
                rows.Bind(FindSink(session, sink)).Bind(after).Bind(limit);
                while (rows.Step())
                {
                    letters.Add(ReadLetter(rows));
                }

                return letters;
            },
            [],
            cancellationToken);
    }

    public Task<IReadOnlyList<LedgerDocument>> ReplayAsync(string sink, IReadOnlyCollection<long>? letters, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        return WriteAsync<IReadOnlyList<LedgerDocument>>(
            session =>
            {
                var replayed = new List<LedgerDocument>();
                foreach (var document in DocumentsOf(session, FindSink(session, sink), letters))
                {
                    // The letters stay until the document is processed anew.
                    Requeue(session, document);
                    using var row = session.Prepare($"SELECT {DocumentColumns} FROM ledger_documents WHERE num = ?");
                    row.Bind(document).Step();
                    replayed.Add(ReadDocument(row));
                }

                return replayed;
            },
            letters?.Count ?? 1,
            cancellationToken);
    }

    public Task<int> DropAsync(string sink, IReadOnlyCollection<long>? letters, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        return WriteAsync(session => Drop(session, FindSink(session, sink), letters), letters?.Count ?? 1, cancellationToken);
    }

    private static void DeleteLetters(SqliteSession session, long document) =>
        session.Prepare("DELETE FROM ledger_dead_letters WHERE document = ?").Bind(document).Run();

    private static bool HasLetter(SqliteSession session, long document, Rejection rejection)
    {
        using var find = session.Prepare("SELECT 1 FROM ledger_dead_letters WHERE document = ? AND reason = ? AND message = ? AND chunk IS NULL");
        return find.Bind(document).Bind(rejection.Reason).Bind(rejection.Message).Step();
    }

    // Its generation rises, so that what somebody had decided about it before is refused.
    private static void Requeue(SqliteSession session, long document) =>
        session.Prepare("UPDATE ledger_documents SET state = (state = 1), problem = 0, content_hash = NULL, generation = generation + (state > 1) WHERE num = ?").Bind(document).Run();

    private void AddLetter(SqliteSession session, long sink, long document, Rejection rejection) =>
        AddLetter(session, sink, document, new DeadLetter(0, default, "", null, null, rejection.Reason, rejection.Message, 1, _timeProvider.GetUtcNow()));

    private static void AddLetter(SqliteSession session, long sink, long document, DeadLetter letter)
    {
        var add = session.Prepare(
            "INSERT INTO ledger_dead_letters(sink, document, chunk, place, reason, message, attempts, at, excerpt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
        add.Bind(sink).Bind(document);
        _ = letter.Chunk is { } chunk ? add.Bind(chunk.Value) : add.BindNull();
        add.Bind(letter.Place is { } place ? JsonSerializer.Serialize(place) : null).Bind(letter.Reason).Bind(letter.Message)
            .Bind(letter.Attempts).Bind(letter.At.UtcTicks).Bind(letter.Excerpt is { Length: > MaxExcerpt } excerpt ? excerpt[..MaxExcerpt] : letter.Excerpt).Run();
    }

    private static DeadLetter ReadLetter(SqliteStatement row) => new(
        row.Int64(0),
        new DocumentId(row.Guid(1)),
        row.Text(2),
        row.IsNull(3) ? null : new ChunkId(row.Guid(3)),
        row.NullableText(4) is { } place ? JsonSerializer.Deserialize<Place>(place) : null,
        row.Text(5),
        row.Text(6),
        row.Int32(7),
        new DateTimeOffset(row.Int64(8), TimeSpan.Zero))
    {
        Excerpt = row.NullableText(9),
        KeptChunks = row.Int64(10),
    };

    /// <summary>The documents of some letters, or of all, each once.</summary>
    private static List<long> DocumentsOf(SqliteSession session, long sink, IReadOnlyCollection<long>? letters)
    {
        var documents = new List<long>();
        if (letters is null)
        {
            using var all = session.Prepare("SELECT DISTINCT document FROM ledger_dead_letters WHERE sink = ? ORDER BY document");
            all.Bind(sink);
            while (all.Step())
            {
                documents.Add(all.Int64(0));
            }

            return documents;
        }

        var seen = new HashSet<long>();
        using var one = session.Prepare("SELECT document FROM ledger_dead_letters WHERE sink = ? AND num = ?");
        foreach (var letter in letters)
        {
            if (one.Bind(sink).Bind(letter).Step() && seen.Add(one.Int64(0)))
            {
                documents.Add(one.Int64(0));
            }

            one.Reset();
        }

        return documents;
    }

    private static int Drop(SqliteSession session, long sink, IReadOnlyCollection<long>? letters)
    {
        var documents = DocumentsOf(session, sink, letters);
        var whole = documents.FindAll(document => IsDeadAsAWhole(session, document));
        var dropped = 0;
        if (letters is null)
        {
            dropped = session.Prepare("DELETE FROM ledger_dead_letters WHERE sink = ?").Bind(sink).Run();
        }
        else
        {
            foreach (var letter in letters)
            {
                dropped += session.Prepare("DELETE FROM ledger_dead_letters WHERE sink = ? AND num = ?").Bind(sink).Bind(letter).Run();
            }
        }

        // A document is dropped with the last of its letters.
        foreach (var document in documents)
        {
            session.Prepare(
                """
                UPDATE ledger_documents SET state = 3, reason = ?2, message = 'its dead letter was dropped', problem = 0, content_hash = NULL
                 WHERE num = ?1 AND state = 4 AND NOT EXISTS (SELECT 1 FROM ledger_dead_letters WHERE document = ?1)
                """)
                .Bind(document).Bind(Reasons.Dropped).Run();
        }

        whole.ForEach(document => ForgetEarlier(session, document));
        return dropped;
    }

    private static bool IsDeadAsAWhole(SqliteSession session, long document)
    {
        using var find = session.Prepare("SELECT 1 FROM ledger_dead_letters WHERE document = ? AND chunk IS NULL");
        return find.Bind(document).Step();
    }

    /// <summary>Forgets the earlier text of a dropped document. The sink is compared at the end of the next walk, and loses it then.</summary>
    private static void ForgetEarlier(SqliteSession session, long document)
    {
        if (session.Prepare($"UPDATE ledger_documents SET {SetDoubted}, chunks = 0 WHERE num = ? AND state = 3 AND chunks > 0").Bind(document).Run() > 0)
        {
            session.Prepare("DELETE FROM ledger_chunks WHERE document = ?").Bind(document).Run();
        }
    }
}
