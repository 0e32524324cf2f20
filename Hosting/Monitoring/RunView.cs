using Sluice.Hosting.Http.Contract;

namespace Sluice.Hosting.Monitoring;

/// <summary>A run as one wants to see it.</summary>
/// <param name="Pipeline">Stages and links.</param>
/// <param name="Throughput">How fast.</param>
/// <param name="Padding">Tokens computed.</param>
/// <param name="Documents">Where every document is.</param>
/// <param name="Chunks">What became of the chunks.</param>
/// <param name="Estimate">When it is done.</param>
/// <param name="Notices">What holds it up, in words.</param>
internal sealed record RunView(
    PipelineView Pipeline,
    ThroughputView Throughput,
    PaddingView Padding,
    DocumentsView Documents,
    ChunksView Chunks,
    EstimateView Estimate,
    IReadOnlyList<string> Notices);
