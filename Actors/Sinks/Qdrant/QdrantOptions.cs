using System.ComponentModel.DataAnnotations;

namespace Sluice.Actors.Sinks.Qdrant;

/// <summary>How collections in Qdrant are written and searched.</summary>
public sealed class QdrantOptions
{
    /// <summary>Requests written at once. Default 4; 1 to 64.</summary>
    [Range(1, 64)]
    public int Writers { get; set; } = 4;

    /// <summary>Most records a request. Default 512; 1 to 10,000.</summary>
    [Range(1, 10_000)]
    public int MaxRecords { get; set; } = 512;

    /// <summary>Most bytes a request. Default 8 MiB; 64 KiB to 31 MiB: a server takes 32 MiB unless it is set otherwise.</summary>
    [Range(64L << 10, 31L << 20)]
    public long MaxBytes { get; set; } = 8L << 20;

    /// <summary>Candidates that a search of the HNSW index keeps: more finds more of the true neighbours and takes longer. Default 0, which leaves it to the server; 0 to 10,000.</summary>
    [Range(0, 10_000)]
    public int EfSearch { get; set; }

    /// <summary>Most documents of a collection that can be searched within a glob over URIs, since their URIs are read for it. Default 100,000; 1,000 to 1,000,000.</summary>
    [Range(1_000, 1_000_000)]
    public int MaxGlobDocuments { get; set; } = 100_000;
}
