namespace Sluice.Streams.Failures;

/// <summary>Base of the exceptions that Sluice throws about items, models, sinks and settings.</summary>
/// <param name="message">What is wrong, where, and what to do.</param>
/// <param name="innerException">What was thrown below, if anything.</param>
public abstract class SluiceException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>A document will not be indexed, with its reason. Thrown by sources and parsers.</summary>
/// <param name="rejection">Why.</param>
/// <param name="innerException">What was thrown below, if anything.</param>
public sealed class DocumentRejectedException(Rejection rejection, Exception? innerException = null)
    : SluiceException((rejection ?? throw new ArgumentNullException(nameof(rejection))).Message, innerException)
{
    /// <summary>Why.</summary>
    public Rejection Rejection { get; } = rejection;
}

/// <summary>Something that may work later: the network, a busy server, a file that is being written.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="retryAfter">How long the other side asks to be left alone, if it said so.</param>
/// <param name="innerException">What was thrown below, if anything.</param>
public sealed class TransientException(string message, TimeSpan? retryAfter = null, Exception? innerException = null)
    : SluiceException(message, innerException)
{
    /// <summary>How long the other side asks to be left alone, if it said so.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>
    /// Whether the other side works and wants less of us: a rate limit, which a used-up quota may look like. A server that is down or overloaded is waited for; this is not
    /// waited for endlessly, and is never taken for the fault of a record.
    /// </summary>
    public bool IsThrottling { get; init; }
}

/// <summary>A sink has written a part of a request; the rest may work later.</summary>
/// <param name="remaining">What is to be sent again; at least one record, and fewer than were sent.</param>
/// <param name="failures">What was refused for good.</param>
/// <param name="cause">Why the rest was not taken.</param>
public sealed class PartlyWrittenException(IReadOnlyList<Vectors.VectorRecord> remaining, IReadOnlyList<Vectors.ChunkFailure> failures, TransientException cause)
    : SluiceException((cause ?? throw new ArgumentNullException(nameof(cause))).Message, cause)
{
    /// <summary>What is to be sent again.</summary>
    public IReadOnlyList<Vectors.VectorRecord> Remaining { get; } = remaining;

    /// <summary>What was refused for good.</summary>
    public IReadOnlyList<Vectors.ChunkFailure> Failures { get; } = failures;

    /// <summary>Why the rest was not taken.</summary>
    public TransientException Cause { get; } = cause;
}

/// <summary>A request to a sink is larger than it takes; half of it may fit.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="isCertain">
/// Whether the other side said so. False where it only cut the connection in the middle of a large request, which a server that stops does as well: such a request is
/// halved too, and a single record is tried again rather than given up.
/// </param>
/// <param name="innerException">What was thrown below, if anything.</param>
public sealed class RequestTooLargeException(string message, bool isCertain = true, Exception? innerException = null) : SluiceException(message, innerException)
{
    /// <summary>Whether the other side said so.</summary>
    public bool IsCertain { get; } = isCertain;
}

/// <summary>A sink refused a request because of what is in it; the same request will be refused again, parts of it may not.</summary>
/// <param name="message">What it said.</param>
/// <param name="innerException">What was thrown below, if anything.</param>
public sealed class RequestRefusedException(string message, Exception? innerException = null) : SluiceException(message, innerException);

/// <summary>The embedder had not enough memory for a batch; half of it may fit.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="innerException">What was thrown below, if anything.</param>
public sealed class EmbedderOutOfMemoryException(string message, Exception? innerException = null) : SluiceException(message, innerException);

/// <summary>A model folder cannot be used.</summary>
/// <param name="message">What is wrong, in which file, and what to do.</param>
/// <param name="innerException">What was thrown below, if anything.</param>
public sealed class ModelException(string message, Exception? innerException = null) : SluiceException(message, innerException);

/// <summary>The sink holds a collection that does not fit what is to be written (dimension, metric, model).</summary>
/// <param name="message">What differs and what to do.</param>
public sealed class CollectionMismatchException(string message) : SluiceException(message);

/// <summary>The sink or the ledger cannot go on and retrying will not help: read-only, disk full, refused credentials.</summary>
/// <param name="message">What is wrong and what to do.</param>
/// <param name="innerException">What was thrown below, if anything.</param>
public sealed class StorageException(string message, Exception? innerException = null) : SluiceException(message, innerException)
{
    /// <summary>
    /// Whether somebody can mend it from outside while the run goes on: refused credentials, a certificate, a missing right, a used-up quota, a full disk. What has worked
    /// before waits for that, with words; at a start it is told at once, since a person is there.
    /// </summary>
    public bool IsMendable { get; init; }
}

/// <summary>A source is gone, or another one is in its place, in the middle of a run: the run ends, and nothing is removed.</summary>
/// <param name="message">What is wrong and what to do.</param>
/// <param name="innerException">What was thrown below, if anything.</param>
public sealed class SourceLostException(string message, Exception? innerException = null) : SluiceException(message, innerException);

/// <summary>A run would remove more documents than it may without being told to; everything else is done.</summary>
/// <param name="message">How many, of what, and what to do.</param>
public sealed class RemovalWithheldException(string message) : SluiceException(message)
{
    /// <summary>How many documents are kept.</summary>
    public long Withheld { get; init; }
}

/// <summary>Another run holds the ledger.</summary>
/// <param name="message">Who holds it, since when, and what to do.</param>
public sealed class LedgerHeldException(string message) : SluiceException(message);

/// <summary>Another owner has taken over what this one was working on: a walk, or the jobs of a cluster. Whoever gets it stops, and leaves everything to the other one.</summary>
/// <param name="message">What was taken over.</param>
public sealed class SupersededException(string message) : SluiceException(message);

/// <summary>The ledger's listing of a walk does not stand where its owner believes: what was committed was taken back, by a failover say. The listing goes on where the ledger stands.</summary>
/// <param name="message">Which walk, and what to do.</param>
/// <param name="cursor">Where the ledger stands.</param>
public sealed class ListingLostException(string message, string? cursor) : SluiceException(message)
{
    /// <summary>Where the ledger's listing goes on; null for the walk's beginning.</summary>
    public string? Cursor { get; } = cursor;
}

/// <summary>A setting, an option or an argument is wrong.</summary>
/// <param name="message">Which, where it was set, and what is legal.</param>
/// <param name="innerException">What was thrown below, if anything.</param>
public sealed class ConfigurationException(string message, Exception? innerException = null) : SluiceException(message, innerException);
