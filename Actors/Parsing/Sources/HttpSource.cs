using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Sources;

/// <summary>A URL: one document. Its ETag or Last-Modified tells whether it changed.</summary>
internal sealed class HttpSource : IDocumentSource, IDisposable
{
    private readonly HttpRequests _requests;
    private readonly HttpSourceOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly string _uri;

    public HttpSource(SourceLocation location, HttpSourceOptions options, TimeProvider timeProvider)
    {
        _uri = location.Uri;
        _options = options;
        _timeProvider = timeProvider;
        _requests = new HttpRequests(_uri, options, timeProvider);
        Scope = location.Scopes[0];
    }

    public SourceScope Scope { get; }

    public string Description => "one URL";

    /// <summary>
    /// A page that the server does not have is not listed, as a file that is gone is not: what that means for one that was indexed, the end of the walk decides. It has to say so twice,
    /// to HEAD and to GET, for many answer HEAD by other rules.
    /// </summary>
    public async IAsyncEnumerable<ListingPage> ListAsync(string? cursor, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var document = await LookAsync(cancellationToken).ConfigureAwait(false);
        yield return new ListingPage(document is null ? [] : [document], null);
    }

    public async ValueTask<DocumentContent> OpenAsync(ListedDocument document, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(document);
        if (!Scope.Covers(document.Uri))
        {
            throw HttpRequests.Dead($"{document.Uri} is not {_uri}; ingest it by its own URL");
        }

        var response = await _requests.SendAsync(HttpMethod.Get, cancellationToken).ConfigureAwait(false);
        try
        {
            _requests.Require(response);
            if (response.Content.Headers.ContentLength > _options.MaxBytes)
            {
                throw RemoteStream.TooLarge(_uri, _options.MaxBytes);
            }

            // What is recorded with the content is what came with it: the page may have changed since HEAD was answered, and would count as unchanged from then on.
            var opened = Describe(response);
            opened = opened.Version is not null && opened.Version == document.Version ? document : opened;
            var body = await ReadAsync(response, cancellationToken).ConfigureAwait(false);
            return new DocumentContent(
                _uri,
                body,
                response.Content.Headers.ContentType?.MediaType,
                () => new(opened));
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <summary>The page is all there is: a server that does not answer, or is in trouble, is waited for; whatever it answers about the page is the page's own.</summary>
    public async ValueTask<RootCheck> CheckRootAsync(string? root, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _requests.SendAsync(HttpMethod.Get, cancellationToken).ConfigureAwait(false);
            _requests.Require(response);
        }
        catch (TransientException failure)
        {
            return RootCheck.Away(failure.Message, failure.RetryAfter);
        }
        catch (DocumentRejectedException)
        {
            return RootCheck.There(null);
        }

        return RootCheck.There(null);
    }

    public void Dispose() => _requests.Dispose();

    /// <summary>What the server tells without sending the body; null where it has no such page. One that is busy, or knows no HEAD, will be asked again when the document is opened.</summary>
    private async Task<ListedDocument?> LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var head = await _requests.SendAsync(HttpMethod.Head, cancellationToken).ConfigureAwait(false);
            if (head.StatusCode is HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented)
            {
                return new ListedDocument(_uri);
            }

            if (!HttpRequests.IsAbsent(head))
            {
                _requests.Require(head);
                return Describe(head);
            }

            using var page = await _requests.SendAsync(HttpMethod.Get, cancellationToken).ConfigureAwait(false);
            return HttpRequests.IsAbsent(page) ? null : new ListedDocument(_uri);
        }
        catch (TransientException)
        {
            return new ListedDocument(_uri);
        }
        catch (DocumentRejectedException exception)
        {
            return new ListedDocument(_uri, Problem: exception.Rejection);
        }
    }

    /// <summary>The body, uncompressed; the limit on its size holds for that.</summary>
    private async ValueTask<RemoteStream> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var encodings = response.Content.Headers.ContentEncoding.Where(static encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)).ToList();
        if (encodings.Count > 1 || (encodings.Count == 1 && encodings[0].ToLowerInvariant() is not ("gzip" or "x-gzip")))
        {
            throw HttpRequests.Dead($"{_uri} comes encoded as {string.Join(", ", encodings)}, which it was not asked for; Sluice reads gzip");
        }

        var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        if (encodings.Count == 0)
        {
            return new RemoteStream(body, response, _uri, _options.MaxBytes, _options.Timeout, _timeProvider);
        }

        var sent = new RemoteStream(body, response, _uri, long.MaxValue, _options.Timeout, _timeProvider);
        return new RemoteStream(new GunzippedBody(sent), sent, _uri, _options.MaxBytes, _options.Timeout, _timeProvider);
    }

    private ListedDocument Describe(HttpResponseMessage response)
    {
        var headers = response.Content.Headers;
        var compressed = headers.ContentEncoding.Count > 0;
        return new ListedDocument(
            _uri,
            compressed ? null : headers.ContentLength,
            headers.LastModified,
            response.Headers.ETag?.ToString() ?? (headers.LastModified is { } modified ? modified.ToString("R", CultureInfo.InvariantCulture) : null),
            headers.ContentType?.MediaType);
    }
}
