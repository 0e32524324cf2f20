using System.Net;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Sources;

/// <summary>Asks for one URL, follows redirects under the same checks, and says in Sluice's terms what came back.</summary>
internal sealed class HttpRequests : IDisposable
{
    private readonly Uri _uri;
    private readonly HttpSourceOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly HttpClient _client;
    private readonly SourceScope[] _roots;

    /// <summary>Makes it.</summary>
    /// <param name="uri">A canonical URL, of <see cref="SourceLocation.Uri"/>.</param>
    /// <param name="options">How to ask.</param>
    /// <param name="timeProvider">Clock of time-outs.</param>
    public HttpRequests(string uri, HttpSourceOptions options, TimeProvider timeProvider)
    {
        _uri = new Uri(uri);
        _options = options;
        _timeProvider = timeProvider;
        _client = HttpConnections.Create(options);
        _roots = Array.ConvertAll(options.RedirectRoots, SourceScope.Parse);
    }

    public static bool IsAbsent(HttpResponseMessage response) => response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone;

    public static DocumentRejectedException Dead(string message) => new(Rejection.Dead(Reasons.Unreadable, message));

    /// <summary>Sends a request and follows redirects. The caller disposes the response.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, CancellationToken cancellationToken)
    {
        var uri = _uri;
        for (var hop = 0; ; hop++)
        {
            var response = await SendOnceAsync(method, uri, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode is not (HttpStatusCode.Moved or HttpStatusCode.Found or HttpStatusCode.SeeOther
                or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect) || response.Headers.Location is not { } location)
            {
                return response;
            }

            response.Dispose();
            if (hop == _options.MaxRedirects)
            {
                throw Dead($"{_uri} redirects more than {_options.MaxRedirects} times; give the address it leads to");
            }

            uri = Follow(uri, location);
        }
    }

    /// <summary>Throws for what is no success.</summary>
    public void Require(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        switch (status)
        {
            case >= 200 and < 300:
                return;
            case 404 or 410:
                throw new DocumentRejectedException(Rejection.Skip(Reasons.Vanished, $"{_uri} is not there: the server answers {status}"));
            case 401 or 403 or 407:
                throw Dead($"{_uri} may not be read: the server answers {status}; Sluice reads public pages only");
            case 408 or 425 or 429 or >= 500:
                throw new TransientException($"the server of {_uri} answers {status}", RetryAfter(response));
            default:
                throw Dead($"{_uri} cannot be read: the server answers {status}");
        }
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Where a redirect leads: read by the parser of all locations, and asked for as that value.</summary>
    private Uri Follow(Uri from, Uri location)
    {
        var next = new Uri(from, location);
        if (next.Scheme != Uri.UriSchemeHttps && (next.Scheme != Uri.UriSchemeHttp || from.Scheme == Uri.UriSchemeHttps))
        {
            throw Dead($"{_uri} redirects to {next.Scheme}://{next.Host}, which is less safe than where it began; give that address itself if you trust it");
        }

        if (!SourceLocation.TryParseAbsolute(next.AbsoluteUri, out var target, out var problem))
        {
            throw Dead($"{_uri} redirects to what Sluice does not read: {problem}");
        }

        return _roots.Length == 0 || Array.Exists(_roots, root => root.Covers(target.Uri))
            ? new Uri(target.Uri)
            : throw Dead($"{_uri} redirects to {target.Uri}, which is not among the sources that this job may read (sluice.http.sources)");
    }

    private async Task<HttpResponseMessage> SendOnceAsync(HttpMethod method, Uri uri, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, uri);
        request.Headers.TryAddWithoutValidation("User-Agent", _options.UserAgent);
        request.Headers.Accept.ParseAdd("*/*");
        request.Headers.AcceptEncoding.ParseAdd("gzip");
        using var limit = new CancellationTokenSource(_options.Timeout, _timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TransientException($"{uri.Host} did not answer within {_options.Timeout.TotalSeconds:0} seconds", innerException: exception);
        }
        catch (HttpRequestException exception) when (exception.InnerException is PrivateAddressException refused)
        {
            throw new DocumentRejectedException(
                Rejection.Dead(Reasons.Unreadable, $"{refused.Message}, which URLs may not; set sluice.source.http.allow-private-addresses to read it"),
                exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or InvalidDataException)
        {
            throw new TransientException($"{uri.Host} cannot be reached: {exception.InnerException?.Message ?? exception.Message}", innerException: exception);
        }
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var header = response.Headers.RetryAfter;
        var wait = header?.Delta ?? (header?.Date is { } date ? date - _timeProvider.GetUtcNow() : null);
        return wait is { } value ? value < TimeSpan.Zero ? TimeSpan.Zero : value : null;
    }
}
