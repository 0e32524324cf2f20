using System.Buffers;

namespace Sluice.Actors.Sinks.Http;

/// <summary>
/// A request's body, written once into pooled segments and sent from them as often as needed: growing copies nothing. Not safe for concurrent writing; once written it may
/// be sent by one request at a time.
/// </summary>
/// <param name="segmentBytes">Bytes of a segment; a value that is longer gets a segment of its own.</param>
internal sealed class PooledBody(int segmentBytes = PooledBody.DefaultSegmentBytes) : IBufferWriter<byte>, IDisposable
{
    /// <summary>Bytes of a segment where nothing else is said.</summary>
    public const int DefaultSegmentBytes = 256 * 1024;

    private readonly List<(byte[] Bytes, int Length)> _full = [];
    private byte[] _bytes = [];
    private int _used;

    /// <summary>Bytes written.</summary>
    public long Length { get; private set; }

    /// <summary>What was written, in order. Belongs to this body until it is cleared or disposed.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Segments
    {
        get
        {
            foreach (var (bytes, length) in _full)
            {
                yield return bytes.AsMemory(0, length);
            }

            if (_used > 0)
            {
                yield return _bytes.AsMemory(0, _used);
            }
        }
    }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _bytes.Length - _used);
        _used += count;
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(_used);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(_used);
    }

    /// <summary>Empties it; the last segment is kept for what comes next.</summary>
    public void Clear()
    {
        foreach (var (bytes, _) in _full)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }

        _full.Clear();
        _used = 0;
        Length = 0;
    }

    /// <summary>All of it in one new array: for tests and small bodies.</summary>
    public byte[] ToArray()
    {
        var all = new byte[Length];
        var at = 0;
        foreach (var segment in Segments)
        {
            segment.CopyTo(all.AsMemory(at));
            at += segment.Length;
        }

        return all;
    }

    public void Dispose()
    {
        Clear();
        var bytes = _bytes;
        _bytes = [];
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private void Reserve(int count)
    {
        if (_bytes.Length - _used >= Math.Max(count, 1))
        {
            return;
        }

        if (_used > 0)
        {
            _full.Add((_bytes, _used));
        }
        else if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        _bytes = ArrayPool<byte>.Shared.Rent(Math.Max(count, segmentBytes));
        _used = 0;
    }
}
