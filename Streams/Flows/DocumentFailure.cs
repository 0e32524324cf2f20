using Sluice.Streams.Failures;

namespace Sluice.Streams.Flows;

/// <summary>Sorts what was thrown while a document was read: its fault for good, its fault for now, or not its fault.</summary>
internal sealed record DocumentFailure(Rejection? Rejection, TransientFailure? Retry)
{
    /// <summary>Where it may be the source as a whole that is away: the reason, of the surroundings; null where it lies in the document, its parser or this machine.</summary>
    public string? OfSource => (Retry?.Reason ?? Rejection?.Reason) is Reasons.SourceFailed or Reasons.Vanished or Reasons.Unreadable ? Retry?.Reason ?? Rejection?.Reason : null;

    /// <summary>Sorts <paramref name="exception"/>.</summary>
    /// <returns>The failure of the document; null when the run itself is to end (cancelled, or the ledger or the sink is broken).</returns>
    public static DocumentFailure? Of(Exception exception, CancellationToken cancellationToken) => exception switch
    {
        OperationCanceledException when cancellationToken.IsCancellationRequested => null,
        StorageException or LedgerHeldException or ConfigurationException or SourceLostException => null,
        DocumentRejectedException rejected => new(rejected.Rejection, null),
        TransientException transient => new(null, new TransientFailure(Reasons.SourceFailed, transient.Message, transient.RetryAfter)),
        FileNotFoundException or DirectoryNotFoundException => new(Rejection.Skip(Reasons.Vanished, "it was listed, and gone before it was read"), null),
        UnauthorizedAccessException => new(Rejection.Dead(Reasons.Unreadable, $"the operating system does not let it be read: {exception.Message}"), null),
        IOException or TimeoutException => new(null, new TransientFailure(Reasons.SourceFailed, $"reading it failed: {exception.Message}", null)),
        _ when Surroundings.IsMemory(exception) => new(Rejection.Dead(Reasons.OutOfMemory, $"reading it took more memory than there is: {exception.Message}"), null),
        _ when Surroundings.Of(exception) is { } failure => new(null, new TransientFailure(Reasons.SourceFailed, $"reading it failed: {failure.Message}", null)),
        _ => new(Rejection.Dead(Reasons.ParserFailed, $"reading it failed unexpectedly with {exception.GetType().Name}: {exception.Message}; please report this file's format"), null),
    };
}
