using Amazon.Runtime;
using Amazon.S3;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Sources;

/// <summary>Says in Sluice's terms what an S3 server or its client refused; null for what is none of these (cancellation, mistakes of ours).</summary>
internal static class S3Problems
{
    public static SluiceException? Listing(Exception exception, string scope, string bucket, CancellationToken cancellationToken) => exception switch
    {
        AmazonS3Exception { ErrorCode: "NoSuchBucket" } => new ConfigurationException($"there is no bucket {bucket} at this endpoint and for these credentials.", exception),
        AmazonS3Exception refused when IsRefusal(refused) =>
            new ConfigurationException($"{scope} may not be listed ({refused.ErrorCode}): check the credentials in the environment and their rights to {bucket}.", exception),
        AmazonS3Exception { ErrorCode: "PermanentRedirect" or "AuthorizationHeaderMalformed" or "IllegalLocationConstraintException" } moved =>
            new ConfigurationException($"{bucket} is in another region: {moved.Message} Set sluice.source.s3.region.", exception),
        _ => Passing(exception, scope, cancellationToken),
    };

    public static SluiceException? Opening(Exception exception, string uri, CancellationToken cancellationToken) => exception switch
    {
        AmazonS3Exception { ErrorCode: "NoSuchKey" or "NotFound" or "NoSuchVersion" or "NoSuchBucket" } =>
            new DocumentRejectedException(Rejection.Skip(Reasons.Vanished, $"{uri} was listed, and was gone when it was to be read"), exception),
        AmazonS3Exception { ErrorCode: "InvalidObjectState" } =>
            new DocumentRejectedException(Rejection.Dead(Reasons.Unreadable, $"{uri} lies in an archive; restore it, then run again"), exception),
        AmazonS3Exception refused when IsRefusal(refused) => new DocumentRejectedException(
            Rejection.Dead(Reasons.Unreadable, $"{uri} may not be read ({refused.ErrorCode}); grant the credentials in the environment the right to, then run again"),
            exception),
        _ => Passing(exception, uri, cancellationToken),
    };

    private static bool IsRefusal(AmazonS3Exception exception) =>
        exception.StatusCode is System.Net.HttpStatusCode.Forbidden or System.Net.HttpStatusCode.Unauthorized
        && exception.ErrorCode is not ("RequestTimeTooSkewed" or "SlowDown");

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
        _ => null,
    };

    private static bool IsNoCredentials(AmazonServiceException exception) =>
        exception.StatusCode == default(System.Net.HttpStatusCode) && exception.Message.Contains("credentials", StringComparison.OrdinalIgnoreCase);

    private static ConfigurationException NoCredentials(Exception exception) => new(
        "no S3 credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile in ~/.aws/credentials.",
        exception);
}
