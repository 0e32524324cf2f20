using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Sluice.Actors.Parsing.Workers;

/// <summary>Reads what <see cref="PayloadWriter"/> wrote. A worker that was broken may have written anything: what does not fit is an error, and nothing is allocated for it.</summary>
/// <param name="payload">A frame's payload.</param>
internal ref struct PayloadReader(ReadOnlySpan<byte> payload)
{
    private ReadOnlySpan<byte> _rest = payload;

    /// <summary>What was not read yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    public byte Byte() => Take(1)[0];

    public bool Bool() => Byte() != 0;

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

    public double Double() => BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double)));

    /// <summary>A number of things that follow, each of at least <paramref name="size"/> bytes.</summary>
    public int Count(int size)
    {
        var count = Int32();
        return count >= 0 && (long)count * size <= _rest.Length ? count : throw Broken();
    }

    public string? NullableText()
    {
        var length = Int32();
        return length switch
        {
            -1 => null,
            >= 0 => new string(MemoryMarshal.Cast<byte, char>(Take((long)length * sizeof(char)))),
            _ => throw Broken(),
        };
    }

    public string Text() => NullableText() ?? throw Broken();

    public ReadOnlySpan<byte> Take(long count)
    {
        if (count < 0 || count > _rest.Length)
        {
            throw Broken();
        }

        var taken = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return taken;
    }

    private static InvalidDataException Broken() => new("a frame that came through the pipe is shorter than it says");
}
