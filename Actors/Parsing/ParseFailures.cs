using Sluice.Actors.Parsing.Bytes;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing;

/// <summary>Says what an exception thrown while parsing means for the document.</summary>
internal static class ParseFailures
{
    /// <summary>The exception to hand to the reader of the sections. What the source threw comes first, whatever the parser made of it.</summary>
    public static Exception Translate(Exception exception, SourceWatch watch, IFormatParser? parser, Place? last, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return new OperationCanceledException(cancellationToken);
        }

        var cause = watch.Fault?.SourceException ?? exception;
        var where = last is null ? "at its beginning" : $"after {PlaceText.Of(last)}";
        return cause switch
        {
            SluiceException => cause,
            OperationCanceledException or TimeoutException when watch.Fault is not null =>
                new TransientException("the source gave up while the document was read", innerException: cause),
            _ when watch.Fault is not null => cause,
            OperationCanceledException => cause, // The reader stopped early and no longer listens.
            _ when Surroundings.IsMemory(cause) => Dead(Reasons.OutOfMemory, $"parsing it took more memory than there was {where}; free some, or read fewer documents at once, then run again"),
            InsufficientExecutionStackException => Dead(Reasons.Bomb, $"it nests deeper than its parser can follow {where}"),
            EndOfStreamException or InvalidDataException => Dead(Reasons.Corrupt, $"the content breaks off or is damaged {where}"),
            IOException or UnauthorizedAccessException => cause, // Of a spool file: the disk's trouble, not the document's.
            _ when Surroundings.Of(cause) is { } failure => new IOException($"what its parser needs failed: {failure.Message}", cause), // A library may wrap it.
            _ => Dead(Reasons.ParserFailed, $"the {parser?.Name ?? "type"} parser failed {where} with {cause.GetType().Name}, which it did not foresee: please report it with the file"),
        };

        DocumentRejectedException Dead(string reason, string message) => new(Rejection.Dead(reason, message), cause);
    }
}
