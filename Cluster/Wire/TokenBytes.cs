using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Google.Protobuf;

namespace Sluice.Cluster.Wire;

/// <summary>Token ids as they travel: two bytes each where that is enough, for that is quicker than Protobuf's own varints and hardly longer.</summary>
internal static class TokenBytes
{
    /// <summary>Writes ids.</summary>
    /// <returns>The bytes, and whether each id takes four of them.</returns>
    public static (ByteString Bytes, bool Wide) Write(ReadOnlySpan<int> tokens)
    {
        var all = 0;
        foreach (var token in tokens)
        {
            all |= token;
        }

        if ((all & ~0xFFFF) != 0)
        {
            var wide = new byte[tokens.Length * sizeof(int)];
            for (var index = 0; index < tokens.Length; index++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(wide.AsSpan(index * sizeof(int)), tokens[index]);
            }

            return (UnsafeByteOperations.UnsafeWrap(wide), true);
        }

        var narrow = new byte[tokens.Length * sizeof(ushort)];
        var values = MemoryMarshal.Cast<byte, ushort>(narrow.AsSpan());
        for (var index = 0; index < tokens.Length; index++)
        {
            values[index] = BitConverter.IsLittleEndian ? (ushort)tokens[index] : BinaryPrimitives.ReverseEndianness((ushort)tokens[index]);
        }

        return (UnsafeByteOperations.UnsafeWrap(narrow), false);
    }

    /// <summary>Reads ids.</summary>
    public static int[] Read(ByteString bytes, bool wide)
    {
        var span = bytes.Span;
        var tokens = new int[span.Length / (wide ? sizeof(int) : sizeof(ushort))];
        for (var index = 0; index < tokens.Length; index++)
        {
            tokens[index] = wide
                ? BinaryPrimitives.ReadInt32LittleEndian(span[(index * sizeof(int))..])
                : BinaryPrimitives.ReadUInt16LittleEndian(span[(index * sizeof(ushort))..]);
        }

        return tokens;
    }
}
