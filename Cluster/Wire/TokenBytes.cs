using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Sluice.Cluster.Wire;

/// <summary>Token ids as they travel: two bytes each where that is enough, for that is quicker than Protobuf's own varints and hardly longer.</summary>
internal static class TokenBytes
{
    /// <summary>Bytes that ids take.</summary>
    /// <param name="tokens">The ids.</param>
    /// <param name="wide">Whether each takes four bytes and not two.</param>
    public static int Size(ReadOnlySpan<int> tokens, out bool wide)
    {
        var all = 0;
        foreach (var token in tokens)
        {
            all |= token;
        }

        wide = (all & ~0xFFFF) != 0;
        return tokens.Length * (wide ? sizeof(int) : sizeof(ushort));
    }

    /// <summary>Writes ids, as wide as the buffer is for.</summary>
    public static void Write(ReadOnlySpan<int> tokens, Span<byte> to)
    {
        if (to.Length != tokens.Length * sizeof(ushort))
        {
            for (var index = 0; index < tokens.Length; index++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(to[(index * sizeof(int))..], tokens[index]);
            }

            return;
        }

        var values = MemoryMarshal.Cast<byte, ushort>(to);
        for (var index = 0; index < values.Length; index++)
        {
            values[index] = BitConverter.IsLittleEndian ? (ushort)tokens[index] : BinaryPrimitives.ReverseEndianness((ushort)tokens[index]);
        }
    }

    /// <summary>Reads ids.</summary>
    public static int[] Read(ReadOnlySpan<byte> bytes, bool wide)
    {
        var tokens = new int[bytes.Length / (wide ? sizeof(int) : sizeof(ushort))];
        if (wide)
        {
            for (var index = 0; index < tokens.Length; index++)
            {
                tokens[index] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(index * sizeof(int))..]);
            }

            return tokens;
        }

        var values = MemoryMarshal.Cast<byte, ushort>(bytes);
        for (var index = 0; index < tokens.Length; index++)
        {
            tokens[index] = BitConverter.IsLittleEndian ? values[index] : BinaryPrimitives.ReverseEndianness(values[index]);
        }

        return tokens;
    }
}
