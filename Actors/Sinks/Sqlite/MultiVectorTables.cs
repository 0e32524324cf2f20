using System.Buffers;
using System.Runtime.InteropServices;
using Sluice.Actors.Storage.Sqlite;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Sqlite;

using Embedding = Sluice.Streams.Vectors.Embedding; // Here, because a namespace hides the type.

/// <summary>
/// Several vectors a chunk, as one blob, and a <see cref="FixedDimensionalEncoding"/> of them in a table of sqlite-vec. A search takes the chunks whose encodings are nearest
/// and scores them exactly, by MaxSim; in a small collection, all of them.
/// </summary>
internal sealed class MultiVectorTables : EmbeddingTables
{
    /// <summary>Chunks that are scored exactly: all of a collection with no more, else the nearest by their encodings.</summary>
    private const int Candidates = 1_000;

    private readonly StoredCollection _collection;
    private readonly VectorCodec _codec;
    private readonly FixedDimensionalEncoding _encoding;
    private readonly string _name;
    private readonly string _put;
    private readonly string _read;

    public MultiVectorTables(string name, StoredCollection collection)
    {
        _name = name;
        _collection = collection;
        _codec = new VectorCodec(collection.Elements, collection.Info.Dimension);
        _encoding = new FixedDimensionalEncoding(collection.Info.Dimension);
        _put = $"INSERT OR REPLACE INTO {name}__rows(num, data) VALUES (?, ?)";
        _read = $"SELECT data FROM {name}__rows WHERE num = ?";
    }

    public override IEnumerable<string> Create =>
    [
        $"CREATE TABLE {_name}__rows(num INTEGER PRIMARY KEY, data BLOB NOT NULL)",
        $"CREATE VIRTUAL TABLE {_name}__vectors USING vec0(embedding float[{_encoding.Length}] distance_metric=l2, chunk_size={DenseTables.VectorsPerBlock})",
    ];

    public override IEnumerable<string> Drop => [$"DROP TABLE {_name}__vectors", $"DROP TABLE {_name}__rows"];

    public override bool NeedsVectors => true;

    private bool ByAngle => _collection.Info.Distance == Distance.Cosine;

    public override void Put(SqliteSession session, long number, Embedding embedding, bool exists)
    {
        var rows = ((MultiVectorEmbedding)embedding).Values.Span;
        session.Prepare(_put).Bind(number).Bind(_codec.Encode(rows)).Run();
        var encoding = new float[_encoding.Length];
        _encoding.EncodeDocument(Comparable(rows), encoding);
        var bytes = MemoryMarshal.AsBytes(encoding.AsSpan());
        _ = exists
            ? session.Prepare($"UPDATE {_name}__vectors SET embedding = ? WHERE rowid = ?").Bind(bytes).Bind(number).Run()
            : session.Prepare($"INSERT INTO {_name}__vectors(rowid, embedding) VALUES (?, ?)").Bind(number).Bind(bytes).Run();
    }

    public override Embedding? Read(SqliteSession session, long number)
    {
        using var read = session.Prepare(_read);
        if (!read.Bind(number).Step())
        {
            return null;
        }

        var rows = read.Bytes(0).Length / _codec.RowBytes;
        var values = new float[rows * _collection.Info.Dimension];
        _codec.Decode(read.Bytes(0), values);
        return new MultiVectorEmbedding(values, rows, _collection.Info.Dimension);
    }

    public override void Delete(SqliteSession session, long number)
    {
        session.Prepare($"DELETE FROM {_name}__rows WHERE num = ?").Bind(number).Run();
        session.Prepare($"DELETE FROM {_name}__vectors WHERE rowid = ?").Bind(number).Run();
    }

    public override IEnumerable<(long Number, double Score)> Search(SqliteSession session, Embedding query, string? filter, Action<SqliteStatement> bindFilter, int depth)
    {
        var question = Comparable(((MultiVectorEmbedding)query).Values.Span);
        var best = new PriorityQueue<long, double>();
        var buffer = ArrayPool<float>.Shared.Rent(1 << 14);
        foreach (var number in FindCandidates(session, question, filter, bindFilter, depth))
        {
            using var row = session.Prepare(_read);
            if (!row.Bind(number).Step())
            {
                continue;
            }

            var bytes = row.Bytes(0);
            var length = bytes.Length / _codec.RowBytes * _collection.Info.Dimension;
            if (buffer.Length < length)
            {
                ArrayPool<float>.Shared.Return(buffer);
                buffer = ArrayPool<float>.Shared.Rent(length);
            }

            var rows = buffer.AsSpan(0, length);
            _codec.Decode(bytes, rows);
            if (ByAngle)
            {
                MaxSim.Normalize(rows, _collection.Info.Dimension);
            }

            Keep(best, number, MaxSim.Score(question, rows, _collection.Info.Dimension), depth + Margin);
        }

        ArrayPool<float>.Shared.Return(buffer);
        return [.. best.UnorderedItems];
    }

    /// <summary>The rows as they are compared: of unit length where the angle decides.</summary>
    private float[] Comparable(ReadOnlySpan<float> rows)
    {
        var copy = rows.ToArray();
        if (ByAngle)
        {
            MaxSim.Normalize(copy, _collection.Info.Dimension);
        }

        return copy;
    }

    /// <summary>Chunks to be scored, by row number, which is how they lie in the file.</summary>
    private List<long> FindCandidates(SqliteSession session, float[] question, string? filter, Action<SqliteStatement> bindFilter, int depth)
    {
        var numbers = new List<long>();
        using (var all = session.Prepare($"SELECT num FROM {_name}__rows{(filter is null ? "" : $" WHERE num IN ({filter})")} LIMIT {Candidates + 1}"))
        {
            bindFilter(all);
            while (all.Step())
            {
                numbers.Add(all.Int64(0));
            }
        }

        if (numbers.Count > Candidates)
        {
            numbers.Clear();
            var encoding = new float[_encoding.Length];
            _encoding.EncodeQuestion(question, encoding);
            using var nearest = session.Prepare($"SELECT rowid FROM {_name}__vectors WHERE embedding MATCH ? AND k = ?{(filter is null ? "" : $" AND rowid IN ({filter})")}");
            nearest.Bind(MemoryMarshal.AsBytes(encoding.AsSpan())).Bind(Math.Min(MaxNeighbours, Math.Max(Candidates, 4 * depth)));
            bindFilter(nearest);
            while (nearest.Step())
            {
                numbers.Add(nearest.Int64(0));
            }
        }

        numbers.Sort();
        return numbers;
    }
}
