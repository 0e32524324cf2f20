namespace Sluice.Cluster.Exchanges;

/// <summary>To a node's taps: let me take from this exchange. Answered with <see cref="TapOpened"/> or <see cref="TapRefused"/>; the asker is watched.</summary>
/// <param name="Job">The job.</param>
/// <param name="Stage">Which of its exchanges.</param>
internal sealed record OpenTap(long Job, Stage Stage);

/// <summary>The answer: take from here.</summary>
/// <param name="Job">The job.</param>
/// <param name="Tap">Number of the tap, on its node.</param>
/// <param name="Source">A source reference of the stage's groups.</param>
internal sealed record TapOpened(long Job, long Tap, object Source);

/// <summary>The answer: not now.</summary>
/// <param name="Job">The job.</param>
/// <param name="Reason">Why.</param>
internal sealed record TapRefused(long Job, string Reason);

/// <summary>To a node's taps: this one is not needed any more.</summary>
/// <param name="Job">The job.</param>
/// <param name="Tap">Its number.</param>
/// <param name="Drain">Whether what was taken is still being worked on; otherwise it is offered to others.</param>
internal sealed record CloseTap(long Job, long Tap, bool Drain);
