using System.ComponentModel;

namespace Sluice.Streams.Failures;

/// <summary>Tells what was thrown because of the machine (its memory, its disk, its processes) from what was thrown because of a document, however a library wrapped it.</summary>
public static class Surroundings
{
    /// <summary>Whether an exception is, or was caused by, a want of memory.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <returns>False for null.</returns>
    public static bool IsMemory(Exception? exception) => Find(exception, static cause => cause is OutOfMemoryException or InsufficientMemoryException) is not null;

    /// <summary>The failure of the machine that caused an exception; null where there is none. A stream that ends too early, or holds nonsense, is the document's.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <returns>The exception itself, or one inside it.</returns>
    public static Exception? Of(Exception? exception) => Find(exception, static cause => cause switch
    {
        EndOfStreamException or InvalidDataException => false,
        _ => cause is IOException or UnauthorizedAccessException or OutOfMemoryException or InsufficientMemoryException or Win32Exception,
    });

    private static Exception? Find(Exception? exception, Func<Exception, bool> isMeant) => exception switch
    {
        null => null,
        _ when isMeant(exception) => exception,
        AggregateException several => several.InnerExceptions.Select(inner => Find(inner, isMeant)).FirstOrDefault(static found => found is not null),
        _ => Find(exception.InnerException, isMeant),
    };
}
