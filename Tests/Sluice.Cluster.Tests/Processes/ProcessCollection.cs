namespace Sluice.Cluster.Tests.Processes;

/// <summary>Tests that start many processes run alone: failure detectors need the processor.</summary>
[CollectionDefinition(nameof(ProcessCollection), DisableParallelization = true)]
public sealed class ProcessCollection;
