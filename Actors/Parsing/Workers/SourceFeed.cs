using Sluice.Actors.Parsing.Bytes;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Workers;

/// <summary>
/// A document's bytes for its workers: the first one, and the next one where that ended before its time. Of a source that cannot seek it keeps what was read, in a temporary
/// file where that is much, so that the second begins where the first began. Used by one reader at a time; does not own the content.
/// </summary>
internal sealed class SourceFeed(DocumentContent content) : IAsyncDisposable
{
    private const int KeptInMemory = 256 << 10;

    private readonly byte[] _block = new byte[Frame.BlockBytes];
    private MemoryStream _memory = new();
    private FileStream? _file;
    private long _kept;
    private bool _ended;
    private bool _looked;

    /// <summary>The document.</summary>
    public DocumentContent Content => content;

    /// <summary>Whether any place can be asked for.</summary>
    public bool CanSeek => content.Stream.CanSeek;

    /// <summary>The document's length; -1 where nobody knows.</summary>
    public long Length => CanSeek ? content.Stream.Length : -1;

    /// <summary>Reads a block: shorter only at the end.</summary>
    /// <param name="offset">Where.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <returns>The bytes, valid until the next call.</returns>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(long offset, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (CanSeek)
        {
            content.Stream.Position = offset;
            return _block.AsMemory(0, await content.Stream.ReadAtLeastAsync(_block, _block.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false));
        }

        while (offset >= _kept && !_ended)
        {
            await KeepAsync(cancellationToken).ConfigureAwait(false);
        }

        var count = (int)Math.Clamp(_kept - offset, 0, _block.Length);
        Stream kept = _file is null ? _memory : _file;
        kept.Position = offset;
        await kept.ReadExactlyAsync(_block.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
        return _block.AsMemory(0, count);
    }

    /// <summary>The first block.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> HeadAsync(CancellationToken cancellationToken)
    {
        var head = await ReadAsync(0, cancellationToken).ConfigureAwait(false);
        _looked = true;
        return head;
    }

    /// <summary>Gives the content back as it was opened, for a parser of this process, whether its first block was looked at or not.</summary>
    public DocumentContent Rewind()
    {
        if (CanSeek)
        {
            content.Stream.Position = 0;
        }

        if (CanSeek || !_looked)
        {
            return content;
        }

        return new(content.Uri, new HeadStream(_memory.ToArray(), content.Stream), content.MediaType);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _memory.DisposeAsync().ConfigureAwait(false);
        if (_file is not null)
        {
            await _file.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask KeepAsync(CancellationToken cancellationToken)
    {
        var read = await content.Stream.ReadAtLeastAsync(_block, _block.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        _ended = read < _block.Length;
        if (_file is null && _kept + read > KeptInMemory)
        {
            _file = Spool.Create();
            _memory.Position = 0;
            await _memory.CopyToAsync(_file, cancellationToken).ConfigureAwait(false);
            await _memory.DisposeAsync().ConfigureAwait(false);
            _memory = new();
        }

        Stream kept = _file is null ? _memory : _file;
        kept.Position = _kept;
        await kept.WriteAsync(_block.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
        _kept += read;
    }
}
