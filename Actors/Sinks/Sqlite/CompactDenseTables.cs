using System.Numerics.Tensors;
using Sluice.Actors.Storage.Sqlite;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Sqlite;

using Embedding = Sluice.Streams.Vectors.Embedding; // Here, because a namespace hides the type.

/// <summary>
/// One vector a chunk with less than 32 bits a component: sqlite-vec compares 8-bit integers, or signs, and what comes out best is compared again with the stored vectors,
/// which beside signs are those of 8 bits.
/// </summary>
internal sealed class CompactDenseTables : EmbeddingTables
{
    /// <summary>Hits of the first pass for each that is wanted: signs tell less than 8 bits do.</summary>
    private const int BinaryOversampling = 10;

    private readonly string _name;
    private readonly StoredCollection _collection;
    private readonly VectorCodec _codec;
    private readonly VectorCodec _signs;

    public CompactDenseTables(string name, StoredCollection collection)
    {
        _name = name;
        _collection = collection;
        _codec = new VectorCodec(collection.Elements == ElementType.Float16 ? ElementType.Float16 : ElementType.Int8, collection.Info.Dimension);
        _signs = new VectorCodec(ElementType.Binary, collection.Info.Dimension);
    }

    public override IEnumerable<string> Create =>
    [
        $"CREATE TABLE {_name}__rows(num INTEGER PRIMARY KEY, data BLOB NOT NULL)",
        .. IsBinary ? [$"CREATE VIRTUAL TABLE {_name}__vectors USING vec0(embedding bit[{Padded}], chunk_size={DenseTables.VectorsPerBlock * 8})"] : Array.Empty<string>(),
    ];

    public override IEnumerable<string> Drop => [$"DROP TABLE {_name}__rows", .. IsBinary ? [$"DROP TABLE {_name}__vectors"] : Array.Empty<string>()];

    public override bool NeedsVectors => IsBinary;

    private bool IsBinary => _collection.Elements == ElementType.Binary;

    private int Padded => _signs.RowBytes * 8;

    public override void Put(SqliteSession session, long number, Embedding embedding, bool exists)
    {
        var vector = ((DenseEmbedding)embedding).Values.Span;
        session.Prepare($"INSERT OR REPLACE INTO {_name}__rows(num, data) VALUES (?, ?)").Bind(number).Bind(_codec.Encode(vector)).Run();
        if (IsBinary)
        {
            if (exists)
            {
                // An update takes what is given for floats, whatever is said of it.
                session.Prepare($"DELETE FROM {_name}__vectors WHERE rowid = ?").Bind(number).Run();
            }

            session.Prepare($"INSERT INTO {_name}__vectors(rowid, embedding) VALUES (?, vec_bit(?))").Bind(number).Bind(_signs.Encode(vector)).Run();
        }
    }

    public override Embedding? Read(SqliteSession session, long number)
    {
        using var read = session.Prepare($"SELECT data FROM {_name}__rows WHERE num = ?");
        if (!read.Bind(number).Step())
        {
            return null;
        }

        var values = new float[_collection.Info.Dimension];
        _codec.Decode(read.Bytes(0), values);
        return new DenseEmbedding(values);
    }

    public override void Delete(SqliteSession session, long number)
    {
        session.Prepare($"DELETE FROM {_name}__rows WHERE num = ?").Bind(number).Run();
        if (IsBinary)
        {
            session.Prepare($"DELETE FROM {_name}__vectors WHERE rowid = ?").Bind(number).Run();
        }
    }

    public override IEnumerable<(long Number, double Score)> Search(SqliteSession session, Embedding query, string? filter, Action<SqliteStatement> bindFilter, int depth)
    {
        var question = ((DenseEmbedding)query).Values.Span;
        var best = new PriorityQueue<long, double>();
        var values = new float[question.Length];
        if (!IsBinary)
        {
            using var rows = session.Prepare($"SELECT num, data FROM {_name}__rows{(filter is null ? "" : $" WHERE num IN ({filter})")}");
            bindFilter(rows);
            while (rows.Step())
            {
                Score(rows.Int64(0), rows.Bytes(1), question);
            }

            return [.. best.UnorderedItems];
        }

        var candidates = new List<long>();
        using (var rows = session.Prepare($"SELECT rowid FROM {_name}__vectors WHERE embedding MATCH vec_bit(?) AND k = ?{(filter is null ? "" : $" AND rowid IN ({filter})")}"))
        {
            rows.Bind(_signs.Encode(question)).Bind(Math.Min(MaxNeighbours, (BinaryOversampling * depth) + Margin));
            bindFilter(rows);
            while (rows.Step())
            {
                candidates.Add(rows.Int64(0));
            }
        }

        foreach (var number in candidates)
        {
            using var row = session.Prepare($"SELECT data FROM {_name}__rows WHERE num = ?");
            if (row.Bind(number).Step())
            {
                Score(number, row.Bytes(0), question);
            }
        }

        return [.. best.UnorderedItems];

        void Score(long number, ReadOnlySpan<byte> bytes, ReadOnlySpan<float> wanted)
        {
            _codec.Decode(bytes, values);
            var score = _collection.Info.Distance switch
            {
                Distance.Cosine => TensorPrimitives.CosineSimilarity(wanted, values),
                Distance.Dot => TensorPrimitives.Dot(wanted, values),
                _ => -TensorPrimitives.Distance(wanted, values),
            };
            if (!float.IsNaN(score))
            {
                Keep(best, number, score, depth + Margin);
            }
        }
    }
}
