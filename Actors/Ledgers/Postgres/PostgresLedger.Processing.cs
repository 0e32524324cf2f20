using Npgsql;
using Sluice.Actors.Storage.Postgres;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers.Postgres;

internal sealed partial class PostgresLedger
{
    // The content's hash goes: from here on the sink may hold parts of another content. A generation has one owner: the same one is not given twice.
    private const string BeginStatement =
        $"""
        UPDATE ledger_documents AS d
           SET state = 1, queue = d.seen, unconfirmed = d.unconfirmed OR d.dirty, doubts = d.doubts + d.dirty::int, dirty = true, problem = false, unchanged = false, content_hash = NULL,
               attempts = d.attempts + 1, generation = i.generation
          FROM unnest($2, $3) AS i(id, generation) {NumberOfEach}
         WHERE d.num = n.num AND d.generation < i.generation AND d.seen = $4
        RETURNING d.id
        """;

    private const string FindChunksStatement =
        $"""
        SELECT c.id, c.place
          FROM ledger_documents AS d CROSS JOIN unnest($3) AS f(id) CROSS JOIN LATERAL
               (SELECT c.id, c.place FROM ledger_chunks AS c WHERE c.document = d.num AND c.id = f.id LIMIT 1) AS c
         WHERE d.sink = {SinkOf1} AND d.id = $2
        """;

    // What was removed meanwhile is left out: verify finds what the sink still holds of it. A document that is there stays there, and in its generation, until its
    // chunks are in: who begins it anew waits for that.
    private const string RecordStatement =
        $"""
        WITH documents AS MATERIALIZED (
          SELECT n.num, i.id, i.first, i.last, n.generation = i.generation AS mine
            FROM unnest($2, $3, $4, $8) AS i(id, first, last, generation)
                 CROSS JOIN LATERAL (SELECT num, generation FROM ledger_documents WHERE sink = {SinkOf1} AND id = i.id LIMIT 1 FOR SHARE) AS n),
        doubted AS (
          UPDATE ledger_documents SET {SetDoubted} WHERE num = ANY (ARRAY(SELECT num FROM documents WHERE NOT mine ORDER BY num))),
        recorded AS (
          INSERT INTO ledger_chunks AS c (document, id, generation, place)
          SELECT documents.num, s.id, s.generation, s.place
            FROM documents CROSS JOIN LATERAL
                 unnest(($5)[documents.first:documents.last], ($6)[documents.first:documents.last], ($7)[documents.first:documents.last]) AS s(id, generation, place)
           WHERE documents.mine
           ORDER BY documents.num, s.id
          ON CONFLICT (document, id) DO UPDATE SET generation = greatest(c.generation, excluded.generation), place = excluded.place)
        SELECT id FROM documents WHERE mine
        """;

    internal const string TwinStatement =
        $"""
        SELECT id FROM ledger_documents
         WHERE sink = {SinkOf1} AND content_hash = $2 AND configuration = (SELECT num FROM ledger_configurations WHERE value = $3) AND state = 2 AND id <> $4
         ORDER BY num LIMIT 1
        """;

    public async Task<IReadOnlySet<DocumentId>> BeginAsync(Walk walk, IReadOnlyList<(DocumentId Document, long Generation)> documents, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        ArgumentNullException.ThrowIfNull(documents);
        if (documents.Count == 0)
        {
            return new HashSet<DocumentId>();
        }

        // Where the answer to a commit was lost, the second try is refused: its caller reads the document from the ledger again.
        var rounds = Rounds(documents, static pair => pair.Document.Value);
        var begun = await ReadAsync(
            batch =>
            {
                foreach (var round in rounds)
                {
                    batch.Then(
                        BeginStatement,
                        PostgresBatch.Of(walk.Spec.Sink),
                        PostgresBatch.Of(Array.ConvertAll(round, static pair => pair.Document.Value)),
                        PostgresBatch.Of(Array.ConvertAll(round, static pair => pair.Generation)),
                        PostgresBatch.Of(walk.Id));
                }
            },
            ReadId,
            cancellationToken).ConfigureAwait(false);
        return Refused(documents.Select(static pair => pair.Document), begun);
    }

    public Task<IReadOnlyList<LedgerChunk>> FindChunksAsync(string sink, DocumentId document, IReadOnlyCollection<ChunkId> chunks, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        ArgumentNullException.ThrowIfNull(chunks);
        if (chunks.Count == 0)
        {
            return Task.FromResult<IReadOnlyList<LedgerChunk>>([]);
        }

        var ids = Sorted(chunks);
        return ReadAsync(
            batch => batch.Then(FindChunksStatement, PostgresBatch.Of(sink), PostgresBatch.Of(document.Value), PostgresBatch.Of(ids)),
            static row => new LedgerChunk(new ChunkId(row.GetGuid(0)), row.GetInt64(1)),
            cancellationToken);
    }

    public async Task<DocumentId?> FindTwinAsync(Walk walk, string contentHash, DocumentId except, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        ArgumentException.ThrowIfNullOrEmpty(contentHash);
        var found = await ReadAsync(
            batch => batch.Then(
                TwinStatement,
                PostgresBatch.Of(walk.Spec.Sink),
                PostgresBatch.Of(contentHash),
                PostgresBatch.Of(walk.Spec.Configuration),
                PostgresBatch.Of(except.Value)),
            static row => new DocumentId(row.GetGuid(0)),
            cancellationToken).ConfigureAwait(false);
        return found.Count > 0 ? found[0] : null;
    }

    public async Task<IReadOnlySet<DocumentId>> RecordChunksAsync(Walk walk, IReadOnlyList<StoredChunks> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        ArgumentNullException.ThrowIfNull(batch);
        var rows = Join(batch);
        if (rows.Count == 0)
        {
            return new HashSet<DocumentId>();
        }

        var (documents, firsts, lasts, owners) = Span(rows);
        var chunks = rows.ConvertAll(static row => row.Chunk).ToArray();
        var generations = rows.ConvertAll(static row => row.Generation).ToArray();
        var places = rows.ConvertAll(static row => row.Place).ToArray();
        var recorded = await ReadAsync(
            commands => commands.Then(
                RecordStatement,
                PostgresBatch.Of(walk.Spec.Sink),
                PostgresBatch.Of(documents),
                PostgresBatch.Of(firsts),
                PostgresBatch.Of(lasts),
                PostgresBatch.Of(chunks),
                PostgresBatch.Of(generations),
                PostgresBatch.Of(places),
                PostgresBatch.Of(owners)),
            ReadId,
            cancellationToken).ConfigureAwait(false);
        return Refused(documents.Select(static document => new DocumentId(document)), recorded);
    }

    private static DocumentId ReadId(NpgsqlDataReader row) => new(row.GetGuid(0));

    private static HashSet<DocumentId> Refused(IEnumerable<DocumentId> asked, IReadOnlyList<DocumentId> taken)
    {
        var refused = new HashSet<DocumentId>(asked);
        refused.ExceptWith(taken);
        return refused;
    }

    /// <summary>Each chunk once, by document, generation and id: the last place.</summary>
    private static List<(Guid Document, Guid Chunk, long Generation, long Place)> Join(IReadOnlyList<StoredChunks> batch)
    {
        var joined = new Dictionary<(Guid Document, long Generation, Guid Chunk), long>();
        foreach (var stored in batch)
        {
            foreach (var chunk in stored.Chunks)
            {
                joined[(stored.Document.Value, stored.Generation, chunk.Id.Value)] = chunk.PlaceHash;
            }
        }

        var rows = new List<(Guid Document, Guid Chunk, long Generation, long Place)>(joined.Count);
        foreach (var ((document, generation, chunk), place) in joined)
        {
            rows.Add((document, chunk, generation, place));
        }

        rows.Sort(static (one, other) => one.Document.CompareTo(other.Document) is var document and not 0 ? document
            : one.Generation.CompareTo(other.Generation) is var generation and not 0 ? generation
            : one.Chunk.CompareTo(other.Chunk));
        return rows;
    }

    /// <summary>The documents of sorted rows, each with its generation and its first and last row, counted from 1.</summary>
    private static (Guid[] Documents, int[] Firsts, int[] Lasts, long[] Generations) Span(List<(Guid Document, Guid Chunk, long Generation, long Place)> rows)
    {
        List<Guid> documents = [];
        List<int> firsts = [], lasts = [];
        List<long> generations = [];
        for (var i = 0; i < rows.Count; i++)
        {
            if (documents.Count == 0 || documents[^1] != rows[i].Document || generations[^1] != rows[i].Generation)
            {
                documents.Add(rows[i].Document);
                generations.Add(rows[i].Generation);
                firsts.Add(i + 1);
                lasts.Add(i + 1);
            }

            lasts[^1] = i + 1;
        }

        return ([.. documents], [.. firsts], [.. lasts], [.. generations]);
    }

    private static Guid[] Sorted(IReadOnlyCollection<ChunkId> chunks)
    {
        var ids = new HashSet<Guid>(chunks.Count);
        foreach (var chunk in chunks)
        {
            ids.Add(chunk.Value);
        }

        Guid[] sorted = [.. ids];
        Array.Sort(sorted);
        return sorted;
    }
}
