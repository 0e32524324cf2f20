using System.Net;
using System.Security.Cryptography;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Sinks.Http;

/// <summary>
/// The HTTP client of all sinks that speak HTTP: pooled connections, HTTP/2 where TLS negotiates it, verified certificates, a time limit on every request, answers read whole
/// into pooled buffers or as a stream, and every failure thrown as what it means: <see cref="TransientException"/>, <see cref="RequestTooLargeException"/>,
/// <see cref="RequestRefusedException"/> or <see cref="StorageException"/>, without secrets. Safe for concurrent use.
/// </summary>
internal sealed class SinkHttpClient : IDisposable
{
    private const int MaxErrorBytes = 64 * 1024;

    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(10);

    private readonly HttpMessageInvoker _client;
    private readonly SinkHttpOptions _options;
    private readonly SinkHttpSettings _settings;
    private readonly TimeProvider _time;
    private readonly Uri _base;
    private readonly TimeSpan _timeout;

    /// <summary>Makes the client; connects when it is first used.</summary>
    /// <exception cref="ConfigurationException">The address's certificate cannot be used.</exception>
    public SinkHttpClient(SinkAddress address, SinkHttpOptions options, TimeProvider time, SinkHttpSettings settings)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(settings);
        (_options, _time, _settings) = (options, time, settings);
        _base = settings.BaseAddress ?? address.BaseAddress;
        _timeout = address.Timeout ?? options.RequestTimeout;
        Failures = new SinkFailures(address.Database, settings.BaseAddress is null ? address.Server : settings.BaseAddress.Authority, settings.Secret);
        _client = new HttpMessageInvoker(SinkHttpHandler.Create(address, options, settings.MaxConnections), disposeHandler: true);
    }

    /// <summary>Makes exceptions in this sink's words, for failures inside answers.</summary>
    public SinkFailures Failures { get; }

    /// <summary>Sends a request and reads the whole answer.</summary>
    /// <returns>An answer of a status of 2xx or of <see cref="SinkRequest.Accept"/>; the caller disposes it.</returns>
    /// <exception cref="TransientException">It may work later.</exception>
    /// <exception cref="RequestTooLargeException">A smaller request may work.</exception>
    /// <exception cref="RequestRefusedException">The database does not take what is in it.</exception>
    /// <exception cref="StorageException">It will not get better by itself.</exception>
    public Task<SinkResponse> SendAsync(SinkRequest request, CancellationToken cancellationToken) => RunAsync(
        request,
        (response, token) => SinkResponse.ReadAsync(response, _options.MaxResponseBytes, cut: false, _time, token),
        cancellationToken);

    /// <summary>Sends a request whose answer is not looked at.</summary>
    /// <returns>Its status.</returns>
    public Task<int> SendOnlyAsync(SinkRequest request, CancellationToken cancellationToken) => RunAsync(
        request,
        static async (response, token) =>
        {
            await response.Content.CopyToAsync(Stream.Null, token).ConfigureAwait(false); // Read to the end, so that the connection can be used again.
            return (int)response.StatusCode;
        },
        cancellationToken);

    /// <summary>Sends a request and hands the answer on as it comes: for answers that are large or repeat what was sent.</summary>
    /// <param name="request">The request.</param>
    /// <param name="read">Reads the body, given the status; called again from the start where <see cref="SinkRequest.Retry"/> is set and the connection breaks.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What was read.</returns>
    public Task<T> ReadAsync<T>(SinkRequest request, Func<int, Stream, CancellationToken, Task<T>> read, CancellationToken cancellationToken) => RunAsync(
        request,
        async (response, token) =>
        {
            var stream = await response.Content.ReadAsStreamAsync(token).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                return await read((int)response.StatusCode, stream, token).ConfigureAwait(false);
            }
        },
        cancellationToken);

    public void Dispose() => _client.Dispose();

    private async Task<T> RunAsync<T>(SinkRequest request, Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        var refreshed = false;
        for (var attempt = 1; ; attempt++)
        {
            var secret = _settings.Secret is null ? null : await _settings.Secret.GetAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await ExchangeAsync(request, secret, read, cancellationToken).ConfigureAwait(false);
            }
            catch (KeyRefusedException) when (!refreshed && _settings.Secret!.Forget(secret))
            {
                refreshed = true; // A token may have run out: once more with a fresh one.
                attempt--;
            }
            catch (KeyRefusedException exception)
            {
                throw exception.Failure;
            }
            catch (TransientException exception) when (request.Retry && attempt < _options.Attempts && !(exception.RetryAfter > s_longestPause))
            {
                var bound = Math.Min(s_firstPause.TotalMilliseconds * Math.Pow(2, attempt - 1), s_longestPause.TotalMilliseconds);
                var pause = TimeSpan.FromMilliseconds(bound * RandomNumberGenerator.GetInt32(1, 1001) / 1000);
                await Task.Delay(exception.RetryAfter > pause ? exception.RetryAfter.Value : pause, _time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<T> ExchangeAsync<T>(SinkRequest request, string? secret, Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        var limit = request.Timeout ?? _timeout;
        using var limited = new CancellationTokenSource(limit, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limited.Token, cancellationToken);
        var content = request.Body is null ? null : new PooledContent(request.Body, request.MediaType);
        using var message = Write(request, content, secret);
        try
        {
            using var response = await _client.SendAsync(message, linked.Token).ConfigureAwait(false);
            if (response.IsSuccessStatusCode || request.Accept.Contains((int)response.StatusCode))
            {
                return await read(response, linked.Token).ConfigureAwait(false);
            }

            using var refused = await SinkResponse.ReadAsync(response, MaxErrorBytes, cut: true, _time, linked.Token).ConfigureAwait(false);
            var failure = _settings.Classify(refused, Failures) ?? Failures.FromStatus(refused);
            throw response.StatusCode == HttpStatusCode.Unauthorized && secret is not null && failure is StorageException ? new KeyRefusedException(failure) : failure;
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failures.Busy($"did not answer within {limit.TotalSeconds:0.#} s", inner: exception);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or SluiceException or KeyRefusedException) && cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(exception.Message, exception, cancellationToken);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or InvalidDataException or SinkResponse.TooLongException)
        {
            throw Failures.FromConnection(exception, content?.Sent ?? 0, request.Body?.Length ?? 0);
        }
    }

    private HttpRequestMessage Write(SinkRequest request, PooledContent? content, string? secret)
    {
        var message = new HttpRequestMessage(request.Method, new Uri(_base, request.Path))
        {
            Content = content,
            Version = _base.Scheme == Uri.UriSchemeHttps ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        if (request.ContentEncoding is { } encoding)
        {
            content?.Headers.ContentEncoding.Add(encoding);
        }

        message.Headers.TryAddWithoutValidation("User-Agent", "sluice");
        foreach (var (name, value) in _settings.Headers.Concat(request.Headers))
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        if (secret is not null)
        {
            _settings.Authorize(message, secret);
        }

        return message;
    }

    /// <summary>Carries the refusal of a key to where another one may be had.</summary>
    private sealed class KeyRefusedException(Exception failure) : Exception(failure.Message, failure)
    {
        public Exception Failure { get; } = failure;
    }
}
