using System.ComponentModel.DataAnnotations;

namespace Sluice.Actors.Sinks.Elastic;

/// <summary>How indexes of Elasticsearch and of OpenSearch are written and searched; each has settings of its own.</summary>
public sealed class ElasticOptions
{
    /// <summary>Most bulk requests under way at once; it begins with fewer and adds as they succeed. Default 8; 1 to 64.</summary>
    [Range(1, 64)]
    public int Writers { get; set; } = 8;

    /// <summary>Most records a bulk request. Default 2,000; 1 to 10,000.</summary>
    [Range(1, 10_000)]
    public int MaxRecords { get; set; } = 2_000;

    /// <summary>Most bytes a bulk request, as it is sent. Default 8 MiB; 64 KiB to 90 MiB: the servers take no more than 100 MB unless they are told to.</summary>
    [Range(64L << 10, 90L << 20)]
    public long MaxBytes { get; set; } = 8L << 20;

    /// <summary>Indexes of fewer chunks than this are compared with the question one by one, exactly, by a script. Default 10,000; 0 to 100,000,000.</summary>
    [Range(0, 100_000_000)]
    public int ExactBelow { get; set; } = 10_000;

    /// <summary>Candidates a shard that a search of the vector index looks at: more finds more of the true neighbours and takes longer. Default 200; 10 to 10,000.</summary>
    [Range(10, 10_000)]
    public int Candidates { get; set; } = 200;

    /// <summary>Links of a vector in the HNSW index, when the index is made. Default 16; 2 to 100.</summary>
    [Range(2, 100)]
    public int HnswLinks { get; set; } = 16;

    /// <summary>Candidates that are looked at for each vector when it is put into the HNSW index. Default 100; 4 to 1,000.</summary>
    [Range(4, 1_000)]
    public int HnswConstruction { get; set; } = 100;
}
