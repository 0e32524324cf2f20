using System.Net;
using System.Runtime.CompilerServices;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Sources;

/// <summary>A URL: one document. Its ETag or Last-Modified tells whether it changed.</summary>
internal sealed class HttpSource : IDocumentSource, IDisposable
{
    private readonly Uri _uri;
    private readonly HttpSourceOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly HttpClient _client;

    private HttpSource(Uri uri, HttpSourceOptions options, TimeProvider timeProvider)
    {
        _uri = uri;
        _options = options;
        _timeProvider = timeProvider;
        _client = HttpConnections.Create(options);
        Scope = SourceScope.Exact(uri.AbsoluteUri);
    }

    public SourceScope Scope { get; }

    public string Description => "one URL";

    public static HttpSource Create(string location, HttpSourceOptions options, TimeProvider timeProvider)
    {
        if (!Uri.TryCreate(location, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
        {
            throw new ConfigurationException($"{location} is not a URL; write http(s)://host/path.");
        }

        if (uri.UserInfo.Length > 0)
        {
            throw new ConfigurationException($"the URL of {uri.Host} holds a user name or password, which would be stored and shown; Sluice reads public pages only. Remove it.");
        }

        if (IPAddress.TryParse(uri.DnsSafeHost, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)))
        {
            throw new ConfigurationException($"the address {address} stands for every address of a machine and for none that can be read from; write 127.0.0.1 for this machine, or a host's name.");
        }

        return new(new UriBuilder(uri) { Fragment = "" }.Uri, options, timeProvider);
    }

    public async IAsyncEnumerable<ListingPage> ListAsync(string? cursor, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return new ListingPage([await LookAsync(cancellationToken).ConfigureAwait(false)], null);
    }

    public async ValueTask<DocumentContent> OpenAsync(ListedDocument document, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(document);
        var response = await SendAsync(HttpMethod.Get, cancellationToken).ConfigureAwait(false);
        try
        {
            Require(response);
            if (response.Content.Headers.ContentLength > _options.MaxBytes)
            {
                throw RemoteStream.TooLarge(Scope.Uri, _options.MaxBytes);
            }

            var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            return new DocumentContent(
                Scope.Uri,
                new RemoteStream(body, response, Scope.Uri, _options.MaxBytes, _options.Timeout, _timeProvider),
                response.Content.Headers.ContentType?.MediaType);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    public void Dispose() => _client.Dispose();

    /// <summary>What the server tells without sending the body. A server that is busy, or knows no HEAD, will be asked again when the document is opened.</summary>
    private async Task<ListedDocument> LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await SendAsync(HttpMethod.Head, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode is HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented)
            {
                return new ListedDocument(Scope.Uri);
            }

            Require(response);
            var headers = response.Content.Headers;
            var compressed = headers.ContentEncoding.Count > 0;
            return new ListedDocument(
                Scope.Uri,
                compressed ? null : headers.ContentLength,
                headers.LastModified,
                response.Headers.ETag?.ToString() ?? (headers.LastModified is { } modified ? modified.ToString("R", System.Globalization.CultureInfo.InvariantCulture) : null),
                headers.ContentType?.MediaType);
        }
        catch (TransientException)
        {
            return new ListedDocument(Scope.Uri);
        }
        catch (DocumentRejectedException exception)
        {
            return new ListedDocument(Scope.Uri, Problem: exception.Rejection);
        }
    }

    /// <summary>Sends a request and follows redirects, each under the same checks. The caller disposes the response.</summary>
    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, CancellationToken cancellationToken)
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
            var next = new Uri(uri, location);
            if (hop == _options.MaxRedirects)
            {
                throw Dead($"{Scope.Uri} redirects more than {_options.MaxRedirects} times; give the address it leads to");
            }

            if (next.Scheme != Uri.UriSchemeHttps && (next.Scheme != Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps))
            {
                throw Dead($"{Scope.Uri} redirects to {next.Scheme}://{next.Host}, which is less safe than where it began; give that address itself if you trust it");
            }

            uri = next;
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(HttpMethod method, Uri uri, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, uri);
        request.Headers.TryAddWithoutValidation("User-Agent", _options.UserAgent);
        request.Headers.Accept.ParseAdd("*/*");
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
        catch (HttpRequestException exception)
        {
            throw new TransientException($"{uri.Host} cannot be reached: {exception.InnerException?.Message ?? exception.Message}", innerException: exception);
        }
    }

    private static DocumentRejectedException Dead(string message) => new(Rejection.Dead(Reasons.Unreadable, message));

    private void Require(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        switch (status)
        {
            case >= 200 and < 300:
                return;
            case 404 or 410:
                throw new DocumentRejectedException(Rejection.Skip(Reasons.Vanished, $"{Scope.Uri} is not there: the server answers {status}"));
            case 401 or 403 or 407:
                throw Dead($"{Scope.Uri} may not be read: the server answers {status}; Sluice reads public pages only");
            case 408 or 425 or 429 or >= 500:
                throw new TransientException($"the server of {Scope.Uri} answers {status}", RetryAfter(response));
            default:
                throw Dead($"{Scope.Uri} cannot be read: the server answers {status}");
        }
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var header = response.Headers.RetryAfter;
        var wait = header?.Delta ?? (header?.Date is { } date ? date - _timeProvider.GetUtcNow() : null);
        return wait is { } value ? value < TimeSpan.Zero ? TimeSpan.Zero : value : null;
    }
}
