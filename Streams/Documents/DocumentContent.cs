namespace Sluice.Streams.Documents;

/// <summary>An opened document. Owned by whoever opened it; used by one reader at a time.</summary>
public sealed class DocumentContent : IAsyncDisposable
{
    private readonly Func<ValueTask<ListedDocument?>>? _revisit;

    /// <summary>Makes content over <paramref name="stream"/>, which it then owns.</summary>
    /// <param name="uri">The document's URI.</param>
    /// <param name="stream">Its bytes, from the beginning; need not be seekable.</param>
    /// <param name="mediaType">Media type told by the source, a hint.</param>
    /// <param name="revisit">Asks the source for the document's present length and modification, to notice a change while it was read; null where that cannot be asked.</param>
    public DocumentContent(string uri, Stream stream, string? mediaType = null, Func<ValueTask<ListedDocument?>>? revisit = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(uri);
        ArgumentNullException.ThrowIfNull(stream);
        Uri = uri;
        Stream = stream;
        MediaType = mediaType;
        _revisit = revisit;
    }

    /// <summary>The document's URI.</summary>
    public string Uri { get; }

    /// <summary>Its bytes. Parsers read it once, front to back, or spool it where they must seek.</summary>
    public Stream Stream { get; }

    /// <summary>Media type told by the source; a hint, the content decides.</summary>
    public string? MediaType { get; }

    /// <summary>How often its processing was begun and did not end: more than 0 when it was under way while a process stopped, for whatever reason.</summary>
    public int Attempts { get; init; }

    /// <summary>The last segment of the URI's path, unescaped: the file's name.</summary>
    public string FileName
    {
        get
        {
            var path = Uri.AsSpan();
            var end = path.IndexOfAny('?', '#');
            path = (end >= 0 ? path[..end] : path).TrimEnd('/');
            return System.Uri.UnescapeDataString(path[(path.LastIndexOf('/') + 1)..].ToString());
        }
    }

    /// <summary>Asks the source what the document looks like now.</summary>
    /// <returns>Its present listing, or null where the source cannot tell.</returns>
    public ValueTask<ListedDocument?> RevisitAsync() => _revisit is null ? new((ListedDocument?)null) : _revisit();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Stream.DisposeAsync();
}
