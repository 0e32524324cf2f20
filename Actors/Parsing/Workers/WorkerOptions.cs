using System.ComponentModel.DataAnnotations;

namespace Sluice.Actors.Parsing.Workers;

/// <summary>The processes in which documents are parsed. Configured below <c>sluice.parsing.workers</c>.</summary>
public sealed class WorkerOptions
{
    /// <summary>
    /// Whether documents are parsed in this process instead, without their walls: what a document breaks then breaks the run. Documents that were under way when a
    /// process ended are parsed in a worker even so. Default false.
    /// </summary>
    public bool InProcess { get; set; }

    /// <summary>Most workers at once, each with one document. Default 0: as many as documents are read at once, at most one a processor and at least two; 0 to 256.</summary>
    [Range(0, 256)]
    public int Count { get; set; }

    /// <summary>Documents after which a worker is replaced by a fresh one. Default 1,000; 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int Documents { get; set; } = 1000;

    /// <summary>Most memory of a worker, in bytes; never more than half of what this process may have. Default 2 GiB; 256 MiB to 2^40.</summary>
    [Range(256L << 20, 1L << 40)]
    public long MaxMemoryBytes { get; set; } = 2L << 30;

    /// <summary>The program that is started as a worker: <c>sluice</c>, or <c>sluice.dll</c>. Default empty: the one beside this program's files.</summary>
    [Required(AllowEmptyStrings = true)]
    public string Program { get; set; } = "";

    /// <summary>The limit that this comes to on this machine.</summary>
    public long EffectiveMaxMemoryBytes => Math.Max(256L << 20, Math.Min(MaxMemoryBytes, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2));

    /// <summary>The number of workers this comes to.</summary>
    /// <param name="documents">Documents that are read at once.</param>
    /// <returns>From 1.</returns>
    public int EffectiveCount(int documents) => Count > 0 ? Count : Math.Clamp(documents, 1, Math.Max(2, Environment.ProcessorCount));
}
