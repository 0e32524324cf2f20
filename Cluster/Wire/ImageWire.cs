using Sluice.Streams.Documents;

namespace Sluice.Cluster.Wire;

/// <summary>An image as it travels with its chunk, <c>Image</c> of sluice.proto.</summary>
internal static class ImageWire
{
    /// <summary>Bytes it takes.</summary>
    public static int Size(PreparedImage image) =>
        WireWriter.IntegerSize(image.Width) + WireWriter.IntegerSize(image.Height) + WireWriter.IntegerSize(image.Positions) + WireWriter.FieldSize(image.Pixels.Length);

    /// <summary>Writes it.</summary>
    public static void Write(ref WireWriter to, PreparedImage image)
    {
        to.Integer(1, image.Width);
        to.Integer(2, image.Height);
        to.Integer(3, image.Positions);
        to.Bytes(4, image.Pixels.Span);
    }

    /// <summary>Reads it.</summary>
    /// <exception cref="InvalidDataException">Its size does not fit its pixels.</exception>
    public static PreparedImage Read(ReadOnlySpan<byte> from)
    {
        var reader = new WireReader(from);
        long width = 0, height = 0, positions = 0;
        var pixels = default(ReadOnlySpan<byte>);
        while (reader.Next(out var field))
        {
            switch (field)
            {
                case 1: width = reader.Integer(); break;
                case 2: height = reader.Integer(); break;
                case 3: positions = reader.Integer(); break;
                case 4: pixels = reader.Bytes(); break;
                default: reader.Skip(); break;
            }
        }

        return width is > 0 and < short.MaxValue && height is > 0 and < short.MaxValue && positions is > 0 and < int.MaxValue && pixels.Length == 3 * width * height
            ? new PreparedImage((int)width, (int)height, pixels.ToArray(), (int)positions)
            : throw new InvalidDataException($"An image of {width} x {height} pixels with {pixels.Length} bytes came from another node: do all nodes run the same release?");
    }
}
