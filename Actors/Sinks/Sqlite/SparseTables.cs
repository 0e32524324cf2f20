using System.Runtime.InteropServices;
using Sluice.Actors.Storage.Sqlite;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Sqlite;

using Embedding = Sluice.Streams.Vectors.Embedding; // Here, because a namespace hides the type.

/// <summary>Weights of terms: by term, to be searched, and by chunk, to be read and deleted. A search adds up the products of all chunks that share a term with the question: exact.</summary>
internal sealed class SparseTables(string name) : EmbeddingTables
{
    private readonly string _put = $"INSERT OR REPLACE INTO {name}__rows(num, data) VALUES (?, ?)";
    private readonly string _read = $"SELECT data FROM {name}__rows WHERE num = ?";
    private readonly string _putTerm = $"INSERT OR REPLACE INTO {name}__terms(term, num, weight) VALUES (?, ?, ?)";
    private readonly string _deleteTerm = $"DELETE FROM {name}__terms WHERE term = ? AND num = ?";

    public override IEnumerable<string> Create =>
    [
        $"CREATE TABLE {name}__rows(num INTEGER PRIMARY KEY, data BLOB NOT NULL)",
        $"CREATE TABLE {name}__terms(term INTEGER NOT NULL, num INTEGER NOT NULL, weight REAL NOT NULL, PRIMARY KEY(term, num)) WITHOUT ROWID",
    ];

    public override IEnumerable<string> Drop => [$"DROP TABLE {name}__terms", $"DROP TABLE {name}__rows"];

    public override bool NeedsVectors => false;

    public override void Put(SqliteSession session, long number, Embedding embedding, bool exists)
    {
        var sparse = (SparseEmbedding)embedding;
        if (exists)
        {
            DeleteTerms(session, number);
        }

        session.Prepare(_put).Bind(number).Bind((ReadOnlySpan<byte>)[.. MemoryMarshal.AsBytes(sparse.Indices.Span), .. MemoryMarshal.AsBytes(sparse.Values.Span)]).Run();
        for (var i = 0; i < sparse.Indices.Length; i++)
        {
            session.Prepare(_putTerm).Bind((long)sparse.Indices.Span[i]).Bind(number).Bind((double)sparse.Values.Span[i]).Run();
        }
    }

    public override Embedding? Read(SqliteSession session, long number)
    {
        using var read = session.Prepare(_read);
        if (!read.Bind(number).Step())
        {
            return null;
        }

        var bytes = read.Bytes(0);
        return new SparseEmbedding(MemoryMarshal.Cast<byte, int>(bytes[..(bytes.Length / 2)]).ToArray(), MemoryMarshal.Cast<byte, float>(bytes[(bytes.Length / 2)..]).ToArray());
    }

    public override void Delete(SqliteSession session, long number)
    {
        DeleteTerms(session, number);
        session.Prepare($"DELETE FROM {name}__rows WHERE num = ?").Bind(number).Run();
    }

    public override IEnumerable<(long Number, double Score)> Search(SqliteSession session, Embedding query, string? filter, Action<SqliteStatement> bindFilter, int depth)
    {
        var question = (SparseEmbedding)query;
        var scores = new Dictionary<long, double>();
        for (var i = 0; i < question.Indices.Length; i++)
        {
            var weight = question.Values.Span[i];
            using var rows = session.Prepare($"SELECT num, weight FROM {name}__terms WHERE term = ?{(filter is null ? "" : $" AND num IN ({filter})")}");
            rows.Bind((long)question.Indices.Span[i]);
            bindFilter(rows);
            while (rows.Step())
            {
                CollectionsMarshal.GetValueRefOrAddDefault(scores, rows.Int64(0), out _) += weight * rows.Double(1);
            }
        }

        var best = new PriorityQueue<long, double>();
        foreach (var (number, score) in scores)
        {
            Keep(best, number, score, depth + Margin);
        }

        return [.. best.UnorderedItems];
    }

    private void DeleteTerms(SqliteSession session, long number)
    {
        if (Read(session, number) is not SparseEmbedding sparse)
        {
            return;
        }

        foreach (var term in sparse.Indices.Span)
        {
            session.Prepare(_deleteTerm).Bind((long)term).Bind(number).Run();
        }
    }
}
