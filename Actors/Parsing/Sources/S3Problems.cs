using System.Net;
using System.Xml;
using Amazon.Runtime;
using Amazon.S3;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Sources;

/// <summary>
/// Says in Sluice's terms what an S3 server or its client refused; null for what is none of these (cancellation, mistakes of ours). A <see cref="ConfigurationException"/> concerns
/// the source as a whole, whichever object was asked for; a <see cref="DocumentRejectedException"/> that object alone.
/// </summary>
internal static class S3Problems
{
    /// <summary>The key, the token or the account is refused, whatever is asked for.</summary>
    private static readonly string[] s_credentials =
    [
        "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "ExpiredTokenException", "InvalidToken", "InvalidClientTokenId", "UnrecognizedClientException", "TokenRefreshRequired",
        "InvalidSecurity", "AuthFailure", "Unauthorized", "UnauthorizedAccess", "AccountProblem", "AllAccessDisabled", "NotSignedUp", "AccountSuspended", "AccessKeyDisabled",
    ];

    /// <summary>The clock of this machine and the server's differ.</summary>
    private static readonly string[] s_clock = ["RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"];

    /// <summary>The server asks for fewer requests.</summary>
    private static readonly string[] s_throttling =
        ["SlowDown", "SlowDownRead", "SlowDownWrite", "Throttling", "ThrottlingException", "RequestThrottled", "RequestLimitExceeded", "BandwidthLimitExceeded", "TooManyRequests", "ServiceUnavailable"];

    public static SluiceException? Listing(Exception exception, string scope, string bucket, CancellationToken cancellationToken) => exception switch
    {
        AmazonS3Exception refused when Whole(refused, bucket) is { } problem => problem,
        AmazonS3Exception refused when IsRefusal(refused) =>
            new ConfigurationException($"{scope} may not be listed ({refused.ErrorCode}): check the credentials in the environment and their rights to {bucket}.", exception),
        _ => Passing(exception, scope, cancellationToken),
    };

    public static SluiceException? Opening(Exception exception, string uri, string bucket, CancellationToken cancellationToken) => exception switch
    {
        AmazonS3Exception { ErrorCode: "NoSuchKey" or "NotFound" or "NoSuchVersion" } =>
            new DocumentRejectedException(Rejection.Skip(Reasons.Vanished, $"{uri} was listed, and was gone when it was to be read"), exception),
        AmazonS3Exception { ErrorCode: "InvalidObjectState" } =>
            new DocumentRejectedException(Rejection.Dead(Reasons.Unreadable, $"{uri} lies in an archive; restore it, then run again"), exception),
        AmazonS3Exception refused when Whole(refused, bucket) is { } problem => problem,
        AmazonS3Exception refused when IsRefusal(refused) => new DocumentRejectedException(
            Rejection.Dead(Reasons.Unreadable, $"{uri} may not be read ({refused.ErrorCode}); grant the credentials in the environment the right to, then run again"),
            exception),
        _ => Passing(exception, uri, cancellationToken),
    };

    /// <summary>Whether the server asks for fewer requests: that concerns whoever asks, and no object.</summary>
    public static bool IsThrottling(Exception exception) =>
        exception is AmazonServiceException service && (service.StatusCode == HttpStatusCode.TooManyRequests || s_throttling.Contains(service.ErrorCode, StringComparer.Ordinal));

    /// <summary>Whether it is the credentials that are refused: others may have been put in their place.</summary>
    public static bool IsOfCredentials(Exception? exception) =>
        exception is AmazonServiceException service ? s_credentials.Contains(service.ErrorCode, StringComparer.Ordinal) || IsRefusal(service) : exception is AmazonClientException;

    /// <summary>What the server refuses to anybody with these credentials, of this machine, in this region.</summary>
    private static ConfigurationException? Whole(AmazonS3Exception refused, string bucket) => refused.ErrorCode switch
    {
        "NoSuchBucket" => new($"there is no bucket {bucket} at this endpoint and for these credentials.", refused),
        "PermanentRedirect" or "AuthorizationHeaderMalformed" or "IllegalLocationConstraintException" => new($"{bucket} is in another region: {refused.Message} Set sluice.source.s3.region.", refused),
        var code when s_clock.Contains(code, StringComparer.Ordinal) =>
            new($"the server of {bucket} refuses the time of this machine's clock ({code}): set the clock, or have it kept by NTP.", refused),
        var code when s_credentials.Contains(code, StringComparer.Ordinal) || refused.StatusCode == HttpStatusCode.Unauthorized =>
            new($"the credentials for {bucket} are refused ({code}): they are wrong, have expired or were withdrawn. Renew them in the environment or in ~/.aws/credentials.", refused),
        _ => null,
    };

    private static bool IsRefusal(AmazonServiceException exception) => exception.StatusCode is HttpStatusCode.Forbidden && !IsThrottling(exception);

    private static SluiceException? Passing(Exception exception, string what, CancellationToken cancellationToken) => exception switch
    {
        OperationCanceledException when !cancellationToken.IsCancellationRequested => new TransientException($"{what}: no answer in time", innerException: exception),
        OperationCanceledException or SluiceException => null,
        AmazonServiceException service when IsNoCredentials(service) => NoCredentials(exception),
        AmazonServiceException service => new TransientException(
            $"{what}: the server answers {(int)service.StatusCode} {service.ErrorCode} {service.Message}",
            innerException: exception),
        AmazonClientException => NoCredentials(exception),
        HttpRequestException or IOException => new TransientException($"{what} cannot be reached: {exception.Message}", innerException: exception),
        XmlException => new TransientException($"{what}: the answer is none of an S3 server ({exception.Message})", innerException: exception), // Of something between, or cut off.
        _ => null,
    };

    private static bool IsNoCredentials(AmazonServiceException exception) =>
        exception.StatusCode == default(HttpStatusCode) && exception.Message.Contains("credentials", StringComparison.OrdinalIgnoreCase);

    private static ConfigurationException NoCredentials(Exception exception) => new(
        "no S3 credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile in ~/.aws/credentials.",
        exception);
}
