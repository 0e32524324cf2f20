using System.Buffers.Binary;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Zip;

/// <summary>Looks at the size of a zip archive's directory before anything loads it: <see cref="System.IO.Compression.ZipArchive"/> keeps an object for each entry.</summary>
internal static class ZipDirectory
{
    /// <summary>Most entries an archive may have.</summary>
    public const int MaxEntries = 65_536;

    /// <summary>Largest directory, in bytes.</summary>
    public const long MaxBytes = 16L << 20;

    private const int EndLength = 22;
    private const int MaxComment = ushort.MaxValue;

    /// <summary>Refuses an archive without a directory, and one whose directory is too large to load.</summary>
    /// <param name="stream">The archive; its position is moved.</param>
    /// <exception cref="DocumentRejectedException">It is cut short or has too many entries.</exception>
    public static void Check(Stream stream)
    {
        var length = stream.Length;
        var tail = new byte[(int)Math.Min(length, EndLength + MaxComment)];
        stream.Position = length - tail.Length;
        stream.ReadExactly(tail);
        var end = tail.AsSpan().LastIndexOf("PK\u0005\u0006"u8);
        if (end < 0 || end + EndLength > tail.Length)
        {
            throw new DocumentRejectedException(Rejection.Dead(
                Reasons.Corrupt, "it is a zip archive that ends before its directory, as after an interrupted download; fetch the file again"));
        }

        long entries = BinaryPrimitives.ReadUInt16LittleEndian(tail.AsSpan(end + 10));
        long offset = BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(end + 16));
        if (end >= 20 && tail.AsSpan(end - 20, 4).SequenceEqual("PK\u0006\u0007"u8))
        {
            Zip64(stream, BinaryPrimitives.ReadInt64LittleEndian(tail.AsSpan(end - 12)), ref entries, ref offset);
        }

        if (entries > MaxEntries || offset < 0 || length - offset > MaxBytes + EndLength + MaxComment)
        {
            // A directory offset that points nowhere is left to the reader of the directory, unless it makes the directory look huge.
            if (entries > MaxEntries || DirectoryIsLarge(stream, offset, length))
            {
                throw new DocumentRejectedException(Rejection.Dead(Reasons.Bomb, $"it is a zip archive of more than {MaxEntries:N0} entries, or with a directory above {MaxBytes:N0} bytes"));
            }
        }
    }

    private static void Zip64(Stream stream, long position, ref long entries, ref long offset)
    {
        Span<byte> record = stackalloc byte[56];
        if (position < 0 || position > stream.Length - record.Length)
        {
            return;
        }

        stream.Position = position;
        stream.ReadExactly(record);
        if (record[..4].SequenceEqual("PK\u0006\u0006"u8))
        {
            entries = BinaryPrimitives.ReadInt64LittleEndian(record[32..]);
            offset = BinaryPrimitives.ReadInt64LittleEndian(record[48..]);
        }
    }

    private static bool DirectoryIsLarge(Stream stream, long offset, long length)
    {
        if (offset < 0 || offset >= length - 46)
        {
            return false;
        }

        var header = new byte[46];
        for (long position = offset, count = 0; position + header.Length <= length; count++)
        {
            stream.Position = position;
            stream.ReadExactly(header);
            if (!header.AsSpan(0, 4).SequenceEqual("PK\u0001\u0002"u8))
            {
                return false;
            }

            position += header.Length
                + BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(28))
                + BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(30))
                + BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(32));
            if (count > MaxEntries || position - offset > MaxBytes)
            {
                return true;
            }
        }

        return false;
    }
}
