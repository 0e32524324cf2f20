namespace Sluice.Streams.Failures;

/// <summary>Why a document, or a chunk, was not indexed.</summary>
/// <param name="Verdict">How it is accounted for.</param>
/// <param name="Reason">A short stable code of <see cref="Reasons"/>, for counting.</param>
/// <param name="Message">What is wrong, where, and what to do, for a person. No document text.</param>
public sealed record Rejection(Verdict Verdict, string Reason, string Message)
{
    /// <summary>A <see cref="Verdict.Skipped"/> rejection.</summary>
    /// <param name="reason">Code.</param>
    /// <param name="message">Words.</param>
    /// <returns>The rejection.</returns>
    public static Rejection Skip(string reason, string message) => new(Verdict.Skipped, reason, message);

    /// <summary>A <see cref="Verdict.Dead"/> rejection.</summary>
    /// <param name="reason">Code.</param>
    /// <param name="message">Words.</param>
    /// <returns>The rejection.</returns>
    public static Rejection Dead(string reason, string message) => new(Verdict.Dead, reason, message);
}
