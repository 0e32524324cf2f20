using System.Security.Authentication;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Sinks.Http;

/// <summary>Makes the exceptions of a sink: what each failure means for the write policy, in words, without secrets.</summary>
/// <param name="database">The database's name as people write it.</param>
/// <param name="server">Host and port.</param>
/// <param name="secret">What to mask; null where there is none.</param>
internal sealed class SinkFailures(string database, string server, SinkSecret? secret)
{
    /// <summary>A body above this that is cut off in the middle may have been too large.</summary>
    private const long LargeUpload = 512 * 1024;

    /// <summary>The database and where it is: the beginning of every message.</summary>
    public string Where => $"{database} at {server}";

    /// <summary>May pass: overloaded, restarting, not there.</summary>
    public TransientException Busy(string said, TimeSpan? retryAfter = null, Exception? inner = null) => new(Redact($"{Where} {said}"), retryAfter, inner);

    /// <summary>Works, and wants fewer requests.</summary>
    public TransientException Throttled(string said, TimeSpan? retryAfter = null) => new(Redact($"{Where} {said}"), retryAfter) { IsThrottling = true };

    /// <summary>The request is too large; half of it may fit.</summary>
    public RequestTooLargeException TooLarge(string said, bool isCertain = true, Exception? inner = null) => new(Redact($"{Where} {said}"), isCertain, inner);

    /// <summary>What is in the request is refused: bisection finds the record.</summary>
    public RequestRefusedException Refused(string said, Exception? inner = null) => new(Redact($"{Where} {said}"), inner);

    /// <summary>Will not get better by itself: the run ends with this.</summary>
    public StorageException Fatal(string said, Exception? inner = null) => new(Redact($"{Where} {said}"), inner);

    /// <summary>Will not get better by itself, and somebody can mend it while the run goes on.</summary>
    public StorageException Mendable(string said, Exception? inner = null) => new(Redact($"{Where} {said}"), inner) { IsMendable = true };

    /// <summary>A quota is used up or something is not paid: asking again will not help until somebody sees to that.</summary>
    public StorageException Quota(string said) =>
        Mendable($"does not take more: {said} Raise the quota or free some of it, then run the same command again: it goes on where it stopped.");

    /// <summary>Key, user or rights are refused.</summary>
    public StorageException Denied(int status, string said) => Mendable(
        status == 403
            ? $"does not allow this (403): {said} The key is from {secret?.Source ?? "nowhere"}; give it the right to create, read, write and delete in this collection."
            : $"refused the key ({status}): {said} It is from {secret?.Source ?? "nowhere"}. {secret?.Advice}");

    /// <summary>The text with secrets masked.</summary>
    public string Redact(string text) => secret?.Redact(text) ?? text;

    /// <summary>What an answer with a status that is no success means, by the rules of HTTP.</summary>
    public Exception FromStatus(SinkResponse response)
    {
        var said = response.Text() is { Length: > 0 } text ? text.TrimEnd('.') + "." : "it gave no reason.";
        return response.Status switch
        {
            401 or 403 or 407 => Denied(response.Status, said),
            402 => Quota($"payment is required (402): {said}"),
            413 => TooLarge($"takes no request of this size (413): {said}"),
            429 => Throttled($"wants fewer requests (429): {said}", response.RetryAfter),
            408 or 425 or 500 or 502 or 503 or 504 => Busy($"answers {response.Status}: {said}", response.RetryAfter),
            507 => Mendable($"has no room left (507): {said}"),
            >= 300 and < 400 => Fatal($"sends requests elsewhere ({response.Status}, {response.Headers.Location}); Sluice does not follow, since a key would go there. Put the final address into the URI."),
            501 or 505 => Fatal($"does not know this request ({response.Status}): {said} It is of a version that Sluice does not speak, or something else listens there."),
            > 500 => Busy($"answers {response.Status}: {said}", response.RetryAfter),
            _ => Refused($"refused the request ({response.Status}): {said}"),
        };
    }

    /// <summary>What a request that got no whole answer means.</summary>
    /// <param name="exception">What the connection threw.</param>
    /// <param name="sent">Bytes of the body that were handed to the connection.</param>
    /// <param name="length">Bytes of the body.</param>
    public Exception FromConnection(Exception exception, long sent, long length)
    {
        var why = Innermost(exception).Message;
        if (Find<AuthenticationException>(exception) is { } tls)
        {
            return Mendable($"cannot be spoken to over TLS: {Innermost(tls).Message} If its certificate is from an authority of your own, name that in the address with root-certificate=FILE; if it speaks plain HTTP, say tls=false.", exception);
        }

        return exception switch
        {
            HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => Busy($"cannot be found: {why}", inner: exception),
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => Busy($"cannot be reached: {why}", inner: exception),
            _ when length > LargeUpload && sent < length => TooLarge($"cut the connection in the middle of a request of {length / 1024} KiB: {why}", isCertain: false, exception),
            SinkResponse.TooLongException => Fatal($"cannot be understood: {why}", exception),
            _ => Busy($"cut the connection: {why}", inner: exception),
        };
    }

    private static Exception Innermost(Exception exception)
    {
        while (exception.InnerException is { } inner)
        {
            exception = inner;
        }

        return exception;
    }

    private static T? Find<T>(Exception? exception)
        where T : Exception
    {
        while (exception is not null and not T)
        {
            exception = exception.InnerException;
        }

        return exception as T;
    }
}
