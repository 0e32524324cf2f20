using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Sluice.Actors.Parsing.Workers;

/// <summary>Builds frames in a buffer that grows and is kept. Not safe for concurrent use.</summary>
internal sealed class PayloadWriter
{
    /// <summary>A buffer that grew beyond this for one large frame is given back.</summary>
    private const int KeptBytes = 1 << 20;

    private byte[] _buffer = new byte[4096];
    private int _frame;

    /// <summary>The frames that were finished, one after the other.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, Length);

    /// <summary>Bytes of them, and of the one that is being built.</summary>
    public int Length { get; private set; }

    /// <summary>Begins a frame.</summary>
    public PayloadWriter Begin(FrameKind kind)
    {
        _frame = Length;
        Take(Frame.HeaderBytes)[0] = (byte)kind;
        return this;
    }

    /// <summary>Ends it: its length is known now.</summary>
    public void End() => BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(_frame + 1), Length - _frame - Frame.HeaderBytes);

    /// <summary>Forgets what was added since it was so long.</summary>
    public void CutTo(int length) => Length = length;

    /// <summary>Forgets all frames.</summary>
    public void Clear()
    {
        (Length, _frame) = (0, 0);
        if (_buffer.Length > KeptBytes)
        {
            _buffer = new byte[4096];
        }
    }

    public PayloadWriter Add(byte value)
    {
        Take(1)[0] = value;
        return this;
    }

    public PayloadWriter Add(bool value) => Add(value ? (byte)1 : (byte)0);

    public PayloadWriter Add(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(Take(sizeof(long)), value);
        return this;
    }

    public PayloadWriter Add(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(Take(sizeof(int)), value);
        return this;
    }

    public PayloadWriter Add(double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(Take(sizeof(double)), value);
        return this;
    }

    /// <summary>A text as it is, half surrogate pairs included: what is made of it must not depend on where it was parsed.</summary>
    public PayloadWriter Add(string? value)
    {
        Add(value?.Length ?? -1);
        MemoryMarshal.AsBytes(value.AsSpan()).CopyTo(Take((value?.Length ?? 0) * sizeof(char)));
        return this;
    }

    public PayloadWriter Add(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Take(bytes.Length));
        return this;
    }

    private Span<byte> Take(int count)
    {
        var needed = checked(Length + count);
        if (needed > _buffer.Length)
        {
            Array.Resize(ref _buffer, (int)Math.Min(Array.MaxLength, Math.Max(needed, _buffer.Length * 2L)));
        }

        var taken = _buffer.AsSpan(Length, count);
        Length = needed;
        return taken;
    }
}
