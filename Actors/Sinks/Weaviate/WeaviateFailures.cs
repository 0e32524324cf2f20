using System.Globalization;
using Grpc.Core;
using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Sinks.Weaviate;

/// <summary>What Weaviate's failures mean. Over gRPC the server says most things in words alone: they are looked for in the text.</summary>
internal sealed class WeaviateFailures(SinkFailures failures)
{
    /// <summary>Words of failures that may pass: memory, a replica or a shard that is away, a time limit of the server's own.</summary>
    private static readonly string[] s_passing =
    [
        "not enough memory", "context deadline exceeded", "context canceled", "connection refused", "connection reset", "read-only", "readonly", "shutting down",
        "no such host", "leader not found", "cannot achieve consistency level", "too many requests", "i/o timeout",
    ];

    /// <summary>Whether the reason that an object was refused for may pass.</summary>
    public static bool MayPass(string reason) => Array.Exists(s_passing, words => reason.Contains(words, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a failure says that the class is not there.</summary>
    public static bool IsMissing(Exception exception) =>
        exception is StorageException or RequestRefusedException && exception.Message.Contains("could not find class", StringComparison.OrdinalIgnoreCase);

    /// <summary>What an answer of the REST API means where it is not what HTTP says.</summary>
    public static Exception? Classify(SinkResponse response, SinkFailures failures) =>
        response.Text() is var text && text.Contains("USAGE_LIMIT_EXCEEDED", StringComparison.Ordinal) ? failures.Quota(text) : null;

    /// <summary>What some objects of a request were refused for, when that may pass.</summary>
    public TransientException Busy(string reason) => failures.Busy($"could not store some objects: {reason}");

    /// <summary>What a failed call means.</summary>
    /// <param name="exception">The failure.</param>
    /// <param name="isRead">Whether it was a read: nothing in it can be refused record by record.</param>
    public Exception Translate(RpcException exception, bool isRead)
    {
        var said = exception.Status.Detail.Length > 0 ? exception.Status.Detail : exception.StatusCode.ToString();
        if (said.Contains("USAGE_LIMIT_EXCEEDED", StringComparison.Ordinal) || said.Contains("usage limit", StringComparison.OrdinalIgnoreCase))
        {
            return failures.Quota($"{said}.");
        }

        if (exception.Status.DebugException is AskedToWaitException asked)
        {
            return failures.Busy($"does not answer: {asked.Message}", asked.Wait, exception);
        }

        switch (exception.StatusCode)
        {
            case StatusCode.Unavailable or StatusCode.Aborted or StatusCode.Cancelled or StatusCode.DeadlineExceeded:
                return failures.Busy($"does not answer: {said}", RetryAfter(exception), exception);
            case StatusCode.ResourceExhausted:
                return said.Contains("larger than max", StringComparison.OrdinalIgnoreCase)
                    ? failures.TooLarge($"takes no request of this size: {said}", inner: exception)
                    : failures.Busy($"is overloaded: {said}", RetryAfter(exception), exception);
            case StatusCode.Unauthenticated:
                return failures.Denied(401, $"{said}.");
            case StatusCode.PermissionDenied:
                return failures.Denied(403, $"{said}.");
            case StatusCode.Unimplemented:
                return failures.Fatal($"does not know this call: {said}. Something else listens there, or its version is older than 1.27; name the gRPC port with grpc-port=PORT.", exception);
            case StatusCode.Internal when exception.Status.DebugException is HttpRequestException or IOException:
                return failures.Busy($"cut the connection: {said}", inner: exception);
            default:
                return MayPass(said) ? failures.Busy($"says: {said}", RetryAfter(exception), exception)
                    : isRead ? failures.Fatal($"cannot answer: {said}", exception)
                    : failures.Refused($"refused the request: {said}", exception);
        }
    }

    private static TimeSpan? RetryAfter(RpcException exception) =>
        int.TryParse(exception.Trailers.GetValue("retry-after"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : null;
}
