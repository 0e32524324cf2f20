namespace Sluice.Cluster.Jobs;

/// <summary>How the walk of a source begins.</summary>
internal enum WalkStart
{
    /// <summary>From the beginning of the source.</summary>
    New,

    /// <summary>Where the last one stands.</summary>
    GoOn,

    /// <summary>
    /// Where the last one stands, unless something else is in the source's place by now: somebody has resumed the job, so that this is meant, and the source is listed from its beginning.
    /// </summary>
    GoOnOrAnew,
}
