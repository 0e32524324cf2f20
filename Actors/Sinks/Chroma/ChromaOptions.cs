using System.ComponentModel.DataAnnotations;

namespace Sluice.Actors.Sinks.Chroma;

/// <summary>How collections of Chroma are written and searched.</summary>
public sealed class ChromaOptions
{
    /// <summary>Most requests written at once; it begins with fewer and adds as they succeed. Default 4; 1 to 64.</summary>
    [Range(1, 64)]
    public int Writers { get; set; } = 4;

    /// <summary>Most records a request. Default 1,000; 1 to 5,461, which is what Chroma's own server takes; a server that says less gets less, Chroma Cloud 300.</summary>
    [Range(1, 5_461)]
    public int MaxRecords { get; set; } = 1_000;

    /// <summary>Most bytes a request, as it is sent. Default 8 MiB; 64 KiB to 38 MiB: Chroma's own server takes 40 MiB.</summary>
    [Range(64L << 10, 38L << 20)]
    public long MaxBytes { get; set; } = 8L << 20;

    /// <summary>Links of a vector in the HNSW index of a new collection. Default 16; 2 to 100.</summary>
    [Range(2, 100)]
    public int HnswLinks { get; set; } = 16;

    /// <summary>Candidates that are looked at for each vector when it is put into the HNSW index of a new collection. Default 100; 4 to 1,000.</summary>
    [Range(4, 1_000)]
    public int HnswConstruction { get; set; } = 100;

    /// <summary>Candidates that a search of a new collection keeps: more finds more of the true neighbours and takes longer. Default 200; 10 to 1,000.</summary>
    [Range(10, 1_000)]
    public int EfSearch { get; set; } = 200;
}
