using Sluice.Actors.Storage.Sqlite;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Sqlite;

using Embedding = Sluice.Streams.Vectors.Embedding; // Here, because a namespace hides the type.

/// <summary>The tables that hold a collection's embeddings, under the row numbers of its chunks. Immutable, safe for concurrent use.</summary>
internal abstract class EmbeddingTables
{
    /// <summary>Hits beyond the limit that are looked at, so that equal scores at the edge are ordered by id, not by chance.</summary>
    protected const int Margin = 64;

    /// <summary>Most neighbours that sqlite-vec returns.</summary>
    protected const int MaxNeighbours = 4096;

    /// <summary>Statements that make them.</summary>
    public abstract IEnumerable<string> Create { get; }

    /// <summary>Statements that drop them.</summary>
    public abstract IEnumerable<string> Drop { get; }

    /// <summary>Whether sqlite-vec is needed.</summary>
    public abstract bool NeedsVectors { get; }

    /// <summary>The tables for a collection.</summary>
    /// <param name="name">The collection's name.</param>
    /// <param name="collection">What it holds.</param>
    public static EmbeddingTables Of(string name, StoredCollection collection) => collection.Info.Kind switch
    {
        EmbeddingKind.MultiVector => new MultiVectorTables(name, collection),
        EmbeddingKind.Sparse => new SparseTables(name),
        _ => collection.Elements == ElementType.Float32 ? new DenseTables(name, collection.Info) : new CompactDenseTables(name, collection),
    };

    /// <summary>Inserts or replaces an embedding.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="number">The chunk's row.</param>
    /// <param name="embedding">The embedding; of the collection's shape.</param>
    /// <param name="exists">Whether there is one already.</param>
    public abstract void Put(SqliteSession session, long number, Embedding embedding, bool exists);

    /// <summary>Reads an embedding; null when there is none.</summary>
    public abstract Embedding? Read(SqliteSession session, long number);

    /// <summary>Deletes an embedding.</summary>
    public abstract void Delete(SqliteSession session, long number);

    /// <summary>The nearest chunks and some more, in any order.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="query">The question; its embedding is of the collection's shape.</param>
    /// <param name="filter">A subquery of the rows that may be found; null for all.</param>
    /// <param name="bindFilter">Binds its arguments.</param>
    /// <param name="depth">How many are wanted.</param>
    public abstract IEnumerable<(long Number, double Score)> Search(SqliteSession session, Embedding query, string? filter, Action<SqliteStatement> bindFilter, int depth);

    /// <summary>Keeps the best.</summary>
    protected static void Keep(PriorityQueue<long, double> best, long number, double score, int count)
    {
        if (best.Count < count)
        {
            best.Enqueue(number, score);
        }
        else
        {
            best.EnqueueDequeue(number, score);
        }
    }
}
