namespace Sluice.Cluster.Nodes;

/// <summary>How a node is.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Incarnation">Differs each time the node starts.</param>
/// <param name="Roles">What it does.</param>
/// <param name="Program">Version of the program.</param>
/// <param name="Protocol">Version of the protocol.</param>
/// <param name="Memory">Bytes of memory the process uses.</param>
/// <param name="Draining">Whether it is leaving.</param>
/// <param name="Jobs">How its work goes.</param>
internal sealed record NodeReport(
    string Address,
    long Incarnation,
    IReadOnlyList<string> Roles,
    string Program,
    uint Protocol,
    long Memory,
    bool Draining,
    IReadOnlyList<JobReport> Jobs)
{
    /// <summary>What it embeds on; empty where it does not embed.</summary>
    public string Device { get; init; } = "";
}

/// <summary>How a node's work on a job goes. Counts begin when the node takes the job up.</summary>
/// <param name="Job">The job.</param>
/// <param name="Counts">What was done, by name.</param>
/// <param name="Gauges">How full its buffers are.</param>
/// <param name="Notices">What keeps it waiting, in words.</param>
internal sealed record JobReport(long Job, IReadOnlyDictionary<string, long> Counts, IReadOnlyList<GaugeReport> Gauges, IReadOnlyList<string> Notices);

/// <summary>How full a bounded buffer is.</summary>
/// <param name="Name">Which: in-flight, packing, vectors, sink; or the workers of a stage.</param>
/// <param name="Fill">How full.</param>
/// <param name="Bound">How full it gets.</param>
/// <param name="Unit">Of both.</param>
internal sealed record GaugeReport(string Name, long Fill, long Bound, string Unit);
