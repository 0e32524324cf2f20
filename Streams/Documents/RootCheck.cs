namespace Sluice.Streams.Documents;

/// <summary>The answer of <see cref="IDocumentSource.CheckRootAsync"/>.</summary>
/// <param name="State">How it stands.</param>
/// <param name="Message">What is wrong, in words; null where nothing is.</param>
/// <param name="Root">What the root looks like now, as text that another machine can compare with; null where the source cannot tell.</param>
public sealed record RootCheck(RootState State, string? Message, string? Root)
{
    /// <summary>How long the source asks to be left alone, if it said so.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether it may be gone for good (a folder that is no longer there, and not one that does not answer), so that it is waited for only a while.</summary>
    public bool MayBeGone { get; init; }

    /// <summary>It is there.</summary>
    /// <param name="root">What it looks like.</param>
    /// <returns>The answer.</returns>
    public static RootCheck There(string? root) => new(RootState.There, null, root);

    /// <summary>It is not there.</summary>
    /// <param name="message">Words.</param>
    /// <param name="retryAfter">How long it asks to be left alone.</param>
    /// <returns>The answer.</returns>
    public static RootCheck Away(string message, TimeSpan? retryAfter = null) => new(RootState.Away, message, null) { RetryAfter = retryAfter };

    /// <summary>Something else is there.</summary>
    /// <param name="message">Words.</param>
    /// <returns>The answer.</returns>
    public static RootCheck Replaced(string message) => new(RootState.Replaced, message, null);
}
