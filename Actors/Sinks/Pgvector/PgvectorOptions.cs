using System.ComponentModel.DataAnnotations;

namespace Sluice.Actors.Sinks.Pgvector;

/// <summary>How collections in PostgreSQL with pgvector are written and searched.</summary>
public sealed class PgvectorOptions
{
    /// <summary>Requests written at once, each on a connection of its own. Default 4; 1 to 64.</summary>
    [Range(1, 64)]
    public int Writers { get; set; } = 4;

    /// <summary>Most records a request. Default 1,000; 1 to 10,000.</summary>
    [Range(1, 10_000)]
    public int MaxRecords { get; set; } = 1000;

    /// <summary>Most bytes a request. Default 8 MiB; 64 KiB to 256 MiB.</summary>
    [Range(64L << 10, 256L << 20)]
    public long MaxBytes { get; set; } = 8L << 20;

    /// <summary>Collections of fewer chunks than this, about, are compared with the question one by one, exactly, although there is an index. Default 20,000; 0 to 100,000,000.</summary>
    [Range(0, 100_000_000)]
    public int ExactBelow { get; set; } = 20_000;

    /// <summary>Candidates that a search of the HNSW index keeps: more finds more of the true neighbours and takes longer. Default 100; 10 to 1,000.</summary>
    [Range(10, 1000)]
    public int EfSearch { get; set; } = 100;

    /// <summary>Links of a vector in the HNSW index, when it is built. Default 16; 2 to 100.</summary>
    [Range(2, 100)]
    public int HnswLinks { get; set; } = 16;

    /// <summary>Candidates that are looked at for each vector when it is put into the HNSW index; at least twice <see cref="HnswLinks"/> is used. Default 64; 4 to 1,000.</summary>
    [Range(4, 1000)]
    public int HnswConstruction { get; set; } = 64;

    /// <summary>Memory that the server may take to build an index over vectors that are there already. Default 256 MiB; 1 MiB to 1 TiB.</summary>
    [Range(1L << 20, 1L << 40)]
    public long IndexMemoryBytes { get; set; } = 256L << 20;
}
