using Sluice.Actors.Parsing.Bytes;
using Sluice.Actors.Parsing.Detection;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing;

/// <summary>A document made ready for its parser: compression taken off, type told, limits in place. Owns what it put on top of the content's stream.</summary>
internal sealed class OpenedDocument : IAsyncDisposable
{
    private const int MaxGzipLayers = 4;

    private readonly List<Stream> _owned;

    private OpenedDocument(ParseInput input, IFormatParser parser, List<Stream> owned)
    {
        Input = input;
        Parser = parser;
        _owned = owned;
    }

    /// <summary>What the parser gets.</summary>
    public ParseInput Input { get; }

    /// <summary>The parser for its type.</summary>
    public IFormatParser Parser { get; }

    /// <summary>There is no text.</summary>
    public static DocumentRejectedException Empty(string message) => new(Rejection.Skip(Reasons.Empty, message));

    /// <summary>Opens <paramref name="content"/>.</summary>
    /// <exception cref="DocumentRejectedException">It is empty, too large, binary, of a type that is not read, or damaged.</exception>
    public static async ValueTask<OpenedDocument> OpenAsync(
        DocumentContent content, FormatRegistry formats, ParsingOptions options, SourceWatch watch, CancellationToken cancellationToken)
    {
        var owned = new List<Stream>();
        try
        {
            var source = new ObservedStream(content.Stream, watch, options.MaxDocumentBytes);
            if (source.CanSeek && source.Length > options.MaxDocumentBytes)
            {
                throw new DocumentRejectedException(Rejection.Skip(
                    Reasons.TooLarge,
                    $"{source.Length:N0} bytes, more than the {options.MaxDocumentBytes:N0} allowed; raise sluice.parsing.max-document-bytes to read it"));
            }

            var name = content.FileName;
            Stream stream = source;
            ReadOnlyMemory<byte> head;
            Detected type;
            for (var layer = 0; ; layer++)
            {
                head = await HeadStream.PeekAsync(stream, TypeDetector.HeadBytes, cancellationToken).ConfigureAwait(false);
                stream = Rewind(stream, head);
                if (head.IsEmpty)
                {
                    throw Empty(layer == 0 ? "no bytes in it" : "no bytes in it once decompressed");
                }

                type = TypeDetector.Detect(head.Span, name, layer == 0 || content.MediaType?.Contains("gzip", StringComparison.Ordinal) != true ? content.MediaType : null);
                if (type.MediaType != Detected.Gzip)
                {
                    break;
                }

                if (layer == MaxGzipLayers)
                {
                    throw new DocumentRejectedException(Rejection.Dead(Reasons.Bomb, $"gzip inside gzip, more than {MaxGzipLayers} deep"));
                }

                stream = new GunzipStream(stream, source, watch, options);
                owned.Add(stream);
                name = name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? name[..^3] : name;
            }

            if (type.MediaType is Detected.Zip or Detected.Compound)
            {
                if (!stream.CanSeek)
                {
                    stream = await Spool.CopyAsync(stream, options, cancellationToken).ConfigureAwait(false);
                    owned.Add(stream);
                }

                type = type.MediaType == Detected.Zip ? ZipInspector.Zip(stream, name) : ZipInspector.Compound(head.Span, stream);
            }

            var parser = formats.Find(type.MediaType)
                ?? throw new DocumentRejectedException(formats.Refuse(type));
            var input = new ParseInput(content.Uri, name, type.MediaType, stream, options) { Charset = FileTypes.CharsetOf(content.MediaType), Watch = watch };
            return new(input, parser, owned);
        }
        catch
        {
            await DisposeAllAsync(owned).ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Input.DisposeAsync().ConfigureAwait(false);
        await DisposeAllAsync(_owned).ConfigureAwait(false);
    }

    private static Stream Rewind(Stream stream, ReadOnlyMemory<byte> head)
    {
        if (!stream.CanSeek)
        {
            return new HeadStream(head, stream);
        }

        stream.Position = 0;
        return stream;
    }

    private static async ValueTask DisposeAllAsync(List<Stream> streams)
    {
        for (var at = streams.Count - 1; at >= 0; at--)
        {
            await streams[at].DisposeAsync().ConfigureAwait(false);
        }
    }
}
