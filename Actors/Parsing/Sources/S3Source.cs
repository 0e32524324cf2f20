using System.Runtime.CompilerServices;
using Amazon.S3.Model;
using Sluice.Actors.Parsing.Sources.Files;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Sources;

/// <summary>The objects of a bucket below a prefix, or one object. Keys are walked in the server's order, which S3 defines as that of their bytes.</summary>
internal sealed class S3Source : IDocumentSource, IDisposable
{
    private const int PageSize = 500;

    private readonly S3Bucket _objects;
    private readonly S3SourceOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly PathFilter _filter;
    private readonly string _bucket;
    private readonly string _prefix;
    private readonly bool _single;

    public S3Source(SourceLocation location, SourceOptions options, TimeProvider timeProvider)
    {
        _bucket = location.Host;
        _prefix = location.Path;
        _single = location.Kind == SourceKind.S3Object;
        _options = options.S3;
        _timeProvider = timeProvider;
        _filter = new PathFilter(options);
        Scope = location.Scopes[0];
        _objects = new(_bucket, Scope.Uri, _options);
        Description = _single ? "one object" : _filter.Description;
    }

    public SourceScope Scope { get; }

    public string Description { get; }

    public IAsyncEnumerable<ListingPage> ListAsync(string? cursor, CancellationToken cancellationToken) =>
        _single ? ListOneAsync(cancellationToken) : ListManyAsync(cursor, cancellationToken);

    public async ValueTask<DocumentContent> OpenAsync(ListedDocument document, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(document);
        if (!Scope.Covers(document.Uri) || KeyOf(document.Uri) is not { } key)
        {
            throw new DocumentRejectedException(Rejection.Dead(Reasons.Unreadable, $"{document.Uri} is not below {Scope.Uri}; ingest the prefix that it lies in"));
        }

        var response = await _objects.OpenAsync(key, document.Uri, cancellationToken).ConfigureAwait(false);
        var opened = document with
        {
            Length = response.ContentLength,
            Modified = Utc(response.LastModified),
            Version = response.ETag,
        };
        return new DocumentContent(
            document.Uri,
            new RemoteStream(response.ResponseStream, response, document.Uri, long.MaxValue, _options.Timeout, _timeProvider),
            response.Headers.ContentType,
            () => new(opened));
    }

    /// <inheritdoc/>
    public ValueTask<RootCheck> CheckRootAsync(string? root, CancellationToken cancellationToken) => _objects.CheckAsync(_prefix, cancellationToken);

    public void Dispose() => _objects.Dispose();

    /// <summary>To the second: a listing tells thousandths, an opened object does not.</summary>
    private static DateTimeOffset Utc(DateTime time)
    {
        var utc = time.ToUniversalTime();
        return new(utc.AddTicks(-(utc.Ticks % TimeSpan.TicksPerSecond)), TimeSpan.Zero);
    }

    private string UriOf(string key) => LocationReader.S3Uri(_bucket, key);

    private static string? KeyOf(string uri) => uri.IndexOf('/', "s3://".Length) is var slash and > 0 ? PathText.FromBytes(PathText.UnescapeBytes(uri.AsSpan(slash + 1))) : null;

    /// <summary>A listed object. The client would resolve dot segments of a key, and ask for another object.</summary>
    private ListedDocument Listed(S3Object item) => LocationEscapes.HasDotSegment(item.Key)
        ? new ListedDocument(UriOf(item.Key), Problem: Rejection.Dead(Reasons.Unreadable, $"the key {PathText.Show(item.Key)} has . or .. as a part, which no URL keeps; copy the object to another key"))
        : new ListedDocument(UriOf(item.Key), item.Size, Utc(item.LastModified), item.ETag);

    private async IAsyncEnumerable<ListingPage> ListManyAsync(string? cursor, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Within a walk the server's token leads on; a walk that is taken up later goes on after the last key, because tokens expire.
        var request = new ListObjectsV2Request { BucketName = _bucket, Prefix = _prefix, MaxKeys = PageSize };
        if (cursor is not null)
        {
            request.StartAfter = PathText.FromBytes(PathText.UnescapeBytes(cursor));
        }

        bool more;
        do
        {
            var response = await _objects.ListAsync(request, cancellationToken).ConfigureAwait(false);
            var documents = new List<ListedDocument>(response.S3Objects.Count);
            foreach (var item in response.S3Objects)
            {
                if (Takes(item.Key))
                {
                    documents.Add(Listed(item));
                }
            }

            more = response.IsTruncated && response.S3Objects.Count > 0;
            yield return new ListingPage(documents, more ? PathText.EscapeBytes(PathText.ToBytes(response.S3Objects[^1].Key)) : null);
            request.ContinuationToken = response.NextContinuationToken;
            request.StartAfter = response.NextContinuationToken is null && more ? response.S3Objects[^1].Key : null;
        }
        while (more);
    }

    private async IAsyncEnumerable<ListingPage> ListOneAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListObjectsV2Request { BucketName = _bucket, Prefix = _prefix, MaxKeys = PageSize };
        var response = await _objects.ListAsync(request, cancellationToken).ConfigureAwait(false);
        var found = response.S3Objects.Find(item => item.Key == _prefix);
        if (found is null && response.S3Objects.Exists(item => item.Key.StartsWith(_prefix + "/", StringComparison.Ordinal)))
        {
            throw new ConfigurationException($"{Scope.Uri} is no object but a prefix of some; write {Scope.Uri}/ to ingest them.");
        }

        yield return new ListingPage(found is null ? [] : [new ListedDocument(Scope.Uri, found.Size, Utc(found.LastModified), found.ETag)], null);
    }

    /// <summary>Markers of folders are no documents; names are judged below the prefix. What a server lists beside the prefix was not asked for.</summary>
    private bool Takes(string key) => !key.EndsWith('/') && key.Length > _prefix.Length && key.StartsWith(_prefix, StringComparison.Ordinal) && _filter.Reaches(key[_prefix.Length..], isFolder: false);
}
