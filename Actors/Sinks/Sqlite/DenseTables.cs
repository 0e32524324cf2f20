using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Sluice.Actors.Storage.Sqlite;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Sqlite;

using Embedding = Sluice.Streams.Vectors.Embedding; // Here, because a namespace hides the type.

/// <summary>One vector a chunk, in a table of sqlite-vec, as the model gave it.</summary>
internal sealed class DenseTables(string name, CollectionInfo info) : EmbeddingTables
{
    /// <summary>Vectors of a block of sqlite-vec's storage: small enough to reach one quickly, large enough to scan fast.</summary>
    internal const int VectorsPerBlock = 256;

    private readonly string _update = $"UPDATE {name}__vectors SET embedding = ? WHERE rowid = ?";
    private readonly string _read = $"SELECT embedding FROM {name}__vectors WHERE rowid = ?";
    private readonly string _delete = $"DELETE FROM {name}__vectors WHERE rowid = ?";

    /// <summary>Puts in a new vector: its row number, its components.</summary>
    internal string Insert { get; } = $"INSERT INTO {name}__vectors(rowid, embedding) VALUES (?, ?)";

    public override IEnumerable<string> Create =>
        [$"CREATE VIRTUAL TABLE {name}__vectors USING vec0(embedding float[{info.Dimension}] distance_metric={(info.Distance == Distance.Cosine ? "cosine" : "l2")}, chunk_size={VectorsPerBlock})"];

    public override IEnumerable<string> Drop => [$"DROP TABLE {name}__vectors"];

    public override bool NeedsVectors => true;

    public override void Put(SqliteSession session, long number, Embedding embedding, bool exists)
    {
        var vector = MemoryMarshal.AsBytes(((DenseEmbedding)embedding).Values.Span);
        _ = exists ? session.Prepare(_update).Bind(vector).Bind(number).Run() : session.Prepare(Insert).Bind(number).Bind(vector).Run();
    }

    public override Embedding? Read(SqliteSession session, long number)
    {
        using var read = session.Prepare(_read);
        return read.Bind(number).Step() ? new DenseEmbedding(MemoryMarshal.Cast<byte, float>(read.Bytes(0)).ToArray()) : null;
    }

    public override void Delete(SqliteSession session, long number) => session.Prepare(_delete).Bind(number).Run();

    public override IEnumerable<(long Number, double Score)> Search(SqliteSession session, Embedding query, string? filter, Action<SqliteStatement> bindFilter, int depth)
    {
        var vector = ((DenseEmbedding)query).Values;
        return info.Distance == Distance.Dot ? SearchByDot(session, vector.Span, filter, bindFilter, depth) : SearchNearest(session, vector.Span, filter, bindFilter, depth);
    }

    private List<(long Number, double Score)> SearchNearest(SqliteSession session, ReadOnlySpan<float> vector, string? filter, Action<SqliteStatement> bindFilter, int depth)
    {
        var found = new List<(long Number, double Score)>();
        using var rows = session.Prepare($"SELECT rowid, distance FROM {name}__vectors WHERE embedding MATCH ? AND k = ?{(filter is null ? "" : $" AND rowid IN ({filter})")}");
        rows.Bind(MemoryMarshal.AsBytes(vector)).Bind(Math.Min(MaxNeighbours, depth + Margin));
        bindFilter(rows);
        while (rows.Step())
        {
            // A question without an angle is near to nothing.
            if (!rows.IsNull(1))
            {
                found.Add((rows.Int64(0), (info.Distance == Distance.Cosine ? 1 : 0) - rows.Double(1)));
            }
        }

        return found;
    }

    /// <summary>All vectors, for sqlite-vec has no products.</summary>
    private List<(long Number, double Score)> SearchByDot(SqliteSession session, ReadOnlySpan<float> vector, string? filter, Action<SqliteStatement> bindFilter, int depth)
    {
        var best = new PriorityQueue<long, double>();
        using var rows = session.Prepare($"SELECT rowid, embedding FROM {name}__vectors{(filter is null ? "" : $" WHERE rowid IN ({filter})")}");
        bindFilter(rows);
        while (rows.Step())
        {
            Keep(best, rows.Int64(0), TensorPrimitives.Dot(vector, MemoryMarshal.Cast<byte, float>(rows.Bytes(1))), depth + Margin);
        }

        return [.. best.UnorderedItems];
    }
}
