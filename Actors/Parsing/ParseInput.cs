using Sluice.Actors.Parsing.Bytes;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing;

/// <summary>What a format parser gets: bytes of a known type. Disposing it removes its spool file, not the stream it was made over.</summary>
internal sealed class ParseInput : IAsyncDisposable
{
    private FileStream? _spool;

    public ParseInput(string uri, string fileName, string mediaType, Stream stream, ParsingOptions options)
    {
        Uri = uri;
        FileName = fileName;
        MediaType = mediaType;
        Stream = stream;
        Options = options;
    }

    /// <summary>The document's URI.</summary>
    public string Uri { get; }

    /// <summary>Its file name, without <c>.gz</c> when that was taken off.</summary>
    public string FileName { get; }

    /// <summary>The detected media type: <c>application/pdf</c>.</summary>
    public string MediaType { get; }

    /// <summary>The character set that the source told, or null; the document's own declaration and its bytes weigh more.</summary>
    public string? Charset { get; init; }

    /// <summary>Told about waiting that is not the parser's; null where nobody measures its time.</summary>
    public SourceWatch? Watch { get; init; }

    /// <summary>The bytes from the beginning, already decompressed.</summary>
    public Stream Stream { get; }

    /// <summary>Limits.</summary>
    public ParsingOptions Options { get; }

    /// <summary>
    /// Gives the bytes as a seekable stream of at most <see cref="ParsingOptions.MaxWholeDocumentBytes"/>: the stream itself where it can seek, else a temporary
    /// file that is deleted when this input is disposed.
    /// </summary>
    /// <param name="cancellationToken">Cancels copying.</param>
    /// <returns>The stream, at its beginning; owned by this input.</returns>
    /// <exception cref="DocumentRejectedException">It is too large.</exception>
    public async ValueTask<Stream> OpenSeekableAsync(CancellationToken cancellationToken)
    {
        if (Stream.CanSeek)
        {
            Require(Stream.Length <= Options.MaxWholeDocumentBytes);
            Stream.Position = 0;
            return Stream;
        }

        _spool ??= await CopyAsync(cancellationToken).ConfigureAwait(false);
        _spool.Position = 0;
        return _spool;
    }

    /// <summary>
    /// Gives the path of a file with the bytes, for a program that is started: a temporary one, the same as <see cref="OpenSeekableAsync"/> uses where it made one. The
    /// source's own file is not given away: it may change, and its limits and failures are watched here.
    /// </summary>
    /// <param name="cancellationToken">Cancels copying.</param>
    /// <returns>The full path; the file is gone when this input is disposed.</returns>
    /// <exception cref="DocumentRejectedException">It is too large.</exception>
    public async ValueTask<string> OpenFileAsync(CancellationToken cancellationToken)
    {
        if (_spool is null)
        {
            var position = Stream.CanSeek ? Stream.Position : 0;
            if (Stream.CanSeek)
            {
                Stream.Position = 0;
            }

            _spool = await CopyAsync(cancellationToken).ConfigureAwait(false);
            if (Stream.CanSeek)
            {
                Stream.Position = position;
            }
        }

        return _spool.Name;
    }

    public ValueTask DisposeAsync() => _spool?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task<FileStream> CopyAsync(CancellationToken cancellationToken)
    {
        var spool = Spool.Create();
        try
        {
            var buffer = new byte[64 * 1024];
            int read;
            while ((read = await Stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                Require(spool.Length + read <= Options.MaxWholeDocumentBytes);
                await spool.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            }

            await spool.FlushAsync(cancellationToken).ConfigureAwait(false);
            return spool;
        }
        catch
        {
            await spool.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private void Require(bool fits)
    {
        if (!fits)
        {
            throw new DocumentRejectedException(Rejection.Skip(
                Reasons.TooLarge,
                $"larger than {Options.MaxWholeDocumentBytes:N0} bytes, the limit for {MediaType}; raise sluice.parsing.max-whole-document-bytes to read it"));
        }
    }
}
