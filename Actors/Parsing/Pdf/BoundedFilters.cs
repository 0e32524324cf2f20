using System.IO.Compression;
using Sluice.Streams.Failures;
using UglyToad.PdfPig.Filters;
using UglyToad.PdfPig.Tokens;

namespace Sluice.Actors.Parsing.Pdf;

/// <summary>
/// The decompression of PDF streams under limits. PdfPig inflates a stream into memory in one go, however large it becomes; here what could become large is
/// counted first, and all that one page inflates, form after form, is counted together, and so is what all pages do, which may share one stream. Cancellation is
/// looked at before each stream. Not safe for concurrent use.
/// </summary>
internal sealed class BoundedFilters : IFilterProvider
{
    /// <summary>Most bytes one stream may become.</summary>
    public const long MaxStream = 64L << 20;

    /// <summary>Most bytes, all streams of one page together.</summary>
    public const long MaxPage = 1L << 30;

    /// <summary>Deflate makes no more than 1,032 bytes out of one.</summary>
    private const int DeflateRatio = 1032;

    private readonly CancellationToken _cancellationToken;
    private readonly ParsingOptions _options;
    private readonly long _most;
    private readonly Dictionary<IFilter, IFilter> _bounded = new(ReferenceEqualityComparer.Instance);
    private long _page;
    private long _document;

    /// <summary>Begins with nothing inflated.</summary>
    /// <param name="length">Length of the document, in bytes.</param>
    /// <param name="options">Limits.</param>
    /// <param name="cancellationToken">Looked at before each stream.</param>
    public BoundedFilters(long length, ParsingOptions options, CancellationToken cancellationToken)
    {
        _options = options;
        _cancellationToken = cancellationToken;
        _most = Math.Min(options.MaxExpandedBytes, MaxPage + (options.MaxExpansionRatio * length));
    }

    /// <summary>What broke a limit, for when the failure is wrapped on its way out; null while nothing did.</summary>
    public DocumentRejectedException? Broken { get; private set; }

    /// <summary>Begins counting a page.</summary>
    public void BeginPage() => _page = 0;

    public IReadOnlyList<IFilter> GetFilters(DictionaryToken dictionary) => Bound(DefaultFilterProvider.Instance.GetFilters(dictionary));

    public IReadOnlyList<IFilter> GetNamedFilters(IReadOnlyList<NameToken> names) => Bound(DefaultFilterProvider.Instance.GetNamedFilters(names));

    public IReadOnlyList<IFilter> GetAllFilters() => Bound(DefaultFilterProvider.Instance.GetAllFilters());

    private IFilter[] Bound(IReadOnlyList<IFilter> filters)
    {
        var bounded = new IFilter[filters.Count];
        for (var index = 0; index < bounded.Length; index++)
        {
            if (!_bounded.TryGetValue(filters[index], out var filter))
            {
                _bounded.Add(filters[index], filter = new Filter(filters[index], this));
            }

            bounded[index] = filter;
        }

        return bounded;
    }

    private void Check(IFilter filter, ReadOnlyMemory<byte> input)
    {
        _cancellationToken.ThrowIfCancellationRequested();
        switch (filter)
        {
            case FlateFilter when input.Length > MaxStream / DeflateRatio:
                Require(Inflated(input) <= MaxStream);
                break;
            case LzwFilter:
                Require(LzwLength.AtMost(input.Span, MaxStream));
                break;
            case RunLengthFilter:
                Require(input.Length * 64L <= MaxStream);
                break;
        }
    }

    private void Count(int length)
    {
        Require((_page += length) <= MaxPage);
        if ((_document += length) > _most)
        {
            throw Break(
                $"its streams, read for one page after the other, expand beyond {MaxPage:N0} bytes and {_options.MaxExpansionRatio:N0} times its size, or {_options.MaxExpandedBytes:N0} bytes in all; raise sluice.parsing.max-expansion-ratio or max-expanded-bytes if it can be trusted, then `sluice dead replay`");
        }
    }

    private void Require(bool holds)
    {
        if (!holds)
        {
            throw Break($"a compressed stream expands beyond {MaxStream:N0} bytes, or those of one page beyond {MaxPage:N0} bytes together");
        }
    }

    private DocumentRejectedException Break(string message) => Broken ??= new DocumentRejectedException(Rejection.Dead(Reasons.Bomb, message));

    private static long Inflated(ReadOnlyMemory<byte> input)
    {
        var buffer = new byte[64 * 1024];
        long length = 0;
        try
        {
            using var inflate = new ZLibStream(new MemoryStream(input.ToArray(), writable: false), CompressionMode.Decompress);
            int read;
            while (length <= MaxStream && (read = inflate.Read(buffer)) > 0)
            {
                length += read;
            }
        }
        catch (InvalidDataException)
        {
            // Damaged data is the filter's own affair; it gets as far as this did.
        }

        return length;
    }

    private sealed class Filter(IFilter inner, BoundedFilters owner) : IFilter
    {
        public bool IsSupported => inner.IsSupported;

        public Memory<byte> Decode(Memory<byte> input, DictionaryToken streamDictionary, IFilterProvider filterProvider, int filterIndex)
        {
            owner.Check(inner, input);
            var output = inner.Decode(input, streamDictionary, filterProvider, filterIndex);
            owner.Count(output.Length);
            return output;
        }
    }
}
