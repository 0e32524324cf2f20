using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Sources;

/// <summary>
/// Asks a bucket, and knows whether what it refuses concerns one object or everything: a bucket that has answered before is waited for, whatever somebody has to mend. Safe for
/// concurrent use.
/// </summary>
/// <param name="name">The bucket.</param>
/// <param name="scope">What is read of it, for messages.</param>
/// <param name="options">How it is reached.</param>
internal sealed class S3Bucket(string name, string scope, S3SourceOptions options) : IDisposable
{
    private readonly Lock _lock = new();
    private AmazonS3Client? _client;
    private AmazonS3Client? _former;
    private string? _read;
    private bool _hasWorked;
    private bool _isThrottled;
    private bool _isDisposed;

    private AmazonS3Client Client
    {
        get
        {
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_isDisposed, this);
                return _client ??= S3Clients.Create(options);
            }
        }
    }

    /// <summary>A page of keys.</summary>
    /// <exception cref="ConfigurationException">The bucket refuses, and has never answered.</exception>
    /// <exception cref="TransientException">It does not answer now, or refuses what it gave before.</exception>
    public async Task<ListObjectsV2Response> ListAsync(ListObjectsV2Request request, CancellationToken cancellationToken)
    {
        try
        {
            var response = await Client.ListObjectsV2Async(request, cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _hasWorked, true);
            return response;
        }
        catch (Exception exception) when (S3Problems.Listing(exception, scope, name, cancellationToken) is not null)
        {
            throw Settle(S3Problems.Listing(exception, scope, name, cancellationToken)!, exception);
        }
    }

    /// <summary>An object.</summary>
    /// <exception cref="DocumentRejectedException">It is gone, or the one that is refused.</exception>
    /// <exception cref="ConfigurationException">The bucket refuses, and has never answered.</exception>
    /// <exception cref="TransientException">It does not answer now, or refuses what it gave before.</exception>
    public async Task<GetObjectResponse> OpenAsync(string key, string uri, CancellationToken cancellationToken)
    {
        try
        {
            var response = await Client.GetObjectAsync(new GetObjectRequest { BucketName = name, Key = key }, cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _hasWorked, true);
            Volatile.Write(ref _read, key);
            return response;
        }
        catch (Exception exception) when (S3Problems.Opening(exception, uri, name, cancellationToken) is not null)
        {
            throw Settle(S3Problems.Opening(exception, uri, name, cancellationToken)!, exception);
        }
    }

    /// <summary>
    /// Asks for one key below a prefix, and for the facts of an object that was read before: what the bucket refuses as a whole (no answer, no rights, other credentials) is no object's
    /// fault.
    /// </summary>
    public async ValueTask<RootCheck> CheckAsync(string prefix, CancellationToken cancellationToken)
    {
        // A server that asks for fewer requests answers some of them: one that is answered proves nothing, and a pause is due.
        if (Interlocked.Exchange(ref _isThrottled, false))
        {
            return RootCheck.Away($"the server of {scope} asks for fewer requests");
        }

        try
        {
            await ListAsync(new ListObjectsV2Request { BucketName = name, Prefix = prefix, MaxKeys = 1 }, cancellationToken).ConfigureAwait(false);
            return Volatile.Read(ref _read) is { } key ? await LookAsync(key, cancellationToken).ConfigureAwait(false) : RootCheck.There(null);
        }
        catch (TransientException failure)
        {
            RenewAfter(failure.InnerException);
            return RootCheck.Away(failure.Message, failure.RetryAfter);
        }
        catch (ConfigurationException refused)
        {
            RenewAfter(refused.InnerException);
            return RootCheck.Away(refused.Message);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _client?.Dispose();
            _former?.Dispose();
        }
    }

    /// <summary>An object that was read before and may no longer be: nobody may read anything, and it says nothing of the object that was asked for after it.</summary>
    private async Task<RootCheck> LookAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            await Client.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = name, Key = key }, cancellationToken).ConfigureAwait(false);
            return RootCheck.There(null);
        }
        catch (AmazonS3Exception exception) when (S3Problems.IsOfCredentials(exception))
        {
            RenewAfter(exception);
            return RootCheck.Away($"objects of {scope} may no longer be read ({exception.ErrorCode}): give the credentials in the environment the right to again");
        }
        catch (Exception exception) when (S3Problems.Opening(exception, scope, name, cancellationToken) is TransientException failure)
        {
            return RootCheck.Away(failure.Message, failure.RetryAfter);
        }
        catch (AmazonS3Exception)
        {
            return RootCheck.There(null); // It is gone: that is its own.
        }
    }

    private SluiceException Settle(SluiceException problem, Exception exception)
    {
        if (S3Problems.IsThrottling(exception))
        {
            Volatile.Write(ref _isThrottled, true);
        }

        return problem is ConfigurationException && Volatile.Read(ref _hasWorked) ? new TransientException(problem.Message, innerException: exception) : problem;
    }

    /// <summary>Reads the credentials again where it is they that were refused. What is under way goes on with the former client; the one before that is a pause old, and nobody's.</summary>
    private void RenewAfter(Exception? exception)
    {
        if (S3Problems.IsOfCredentials(exception))
        {
            lock (_lock)
            {
                if (_client is not null)
                {
                    _former?.Dispose();
                    (_former, _client) = (_client, null);
                }

                FallbackCredentialsFactory.Reset();
            }
        }
    }
}
