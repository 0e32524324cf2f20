namespace Sluice.Streams.Ledger;

/// <summary>Where a job stands.</summary>
public enum JobState
{
    /// <summary>Submitted; no coordinator has taken it up yet.</summary>
    Queued = 0,

    /// <summary>Being worked on.</summary>
    Running = 1,

    /// <summary>Standing still because that was wished.</summary>
    Paused = 2,

    /// <summary>Ended: every document is settled. Some may be dead letters.</summary>
    Done = 3,

    /// <summary>Ended: it could not go on.</summary>
    Failed = 4,

    /// <summary>Ended because that was wished. What was indexed stays.</summary>
    Cancelled = 5,
}

/// <summary>What is wanted of a job.</summary>
public enum JobWish
{
    /// <summary>That it runs.</summary>
    Run = 0,

    /// <summary>That it stands still, its work kept.</summary>
    Pause = 1,

    /// <summary>That it ends without the rest.</summary>
    Cancel = 2,
}

/// <summary>A job that is asked for.</summary>
/// <param name="Name">What people call it; need not be unique.</param>
/// <param name="Sources">Locations of its sources, walked one after the other; at least one. Every parse node must reach them.</param>
/// <param name="Settings">Settings of Sluice in HOCON that are laid over each node's own: model, database, chunking. Secrets stand in it as references to the environment.</param>
/// <param name="Weight">Its share of the cluster against other jobs that run: 1 to 1,000.</param>
public sealed record JobSubmission(string Name, IReadOnlyList<string> Sources, string Settings, int Weight);

/// <summary>A job as it is kept.</summary>
/// <param name="Id">Its number, from 1.</param>
/// <param name="Submission">What was asked for; its weight as it is now.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Wish">What is wanted of it.</param>
/// <param name="SourcesDone">Sources that were walked and processed to their end.</param>
/// <param name="Submitted">When it was submitted.</param>
public sealed record JobRecord(long Id, JobSubmission Submission, JobState State, JobWish Wish, int SourcesDone, DateTimeOffset Submitted)
{
    /// <summary>When it was first worked on.</summary>
    public DateTimeOffset? Began { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>Why it failed or stands still, in words.</summary>
    public string? Reason { get; init; }

    /// <summary>How far it is: JSON as the coordinator last reported it.</summary>
    public string? Progress { get; init; }

    /// <summary>When that was reported.</summary>
    public DateTimeOffset? Reported { get; init; }

    /// <summary>Whether it has ended.</summary>
    public bool HasEnded => State >= JobState.Done;
}
