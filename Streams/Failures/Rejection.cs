namespace Sluice.Streams.Failures;

/// <summary>Why a document, or a chunk, was not indexed.</summary>
/// <param name="Verdict">How it is accounted for.</param>
/// <param name="Reason">A short stable code of <see cref="Reasons"/>, for counting.</param>
/// <param name="Message">What is wrong, where, and what to do, for a person. No document text.</param>
public sealed record Rejection(Verdict Verdict, string Reason, string Message)
{
    /// <summary>Whether the reason lies in the content: it holds until the content changes. Else it is of the surroundings, and tried again by the next run.</summary>
    public bool IsOfContent => Reasons.AreOfContent(Reason);

    /// <summary>
    /// Whether it takes away what an earlier run stored: only where the content itself says that there is nothing to index any more. A document that was readable and is
    /// broken now keeps its text, since people search it.
    /// </summary>
    public bool RemovesEarlier => Verdict == Verdict.Skipped && IsOfContent;

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
