namespace Sluice.Streams.Flows;

/// <summary>
/// Tells a source that is away from a document that cannot be read: the first is waited for, and costs no document a try. Safe for concurrent use.
/// </summary>
public interface ISourceGuard
{
    /// <summary>Waits while the source is known to be away.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>When documents may be opened.</returns>
    ValueTask PassAsync(CancellationToken cancellationToken);

    /// <summary>A document was opened.</summary>
    void Opened();

    /// <summary>A document could not be read for a reason of the surroundings. Where the source as a whole is away, waits until it is back.</summary>
    /// <param name="reason">Code of <see cref="Failures.Reasons"/>.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>True when the source was away: the document is to be read again. False when it is the document's own failure.</returns>
    /// <exception cref="Failures.SourceLostException">Something else is in the source's place, or it vanishes: the run must end.</exception>
    ValueTask<bool> WasAwayAsync(string reason, CancellationToken cancellationToken);
}
