using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Sluice.Streams.Documents;

/// <summary>An image at the size a model takes: 8-bit red, green and blue, row by row, nothing between rows. Not changed after construction.</summary>
/// <remarks>Made where documents are parsed, so that a machine with a GPU never decodes or scales; the numbers that the network takes are made of it by the embedder.</remarks>
public sealed class PreparedImage
{
    private readonly Lazy<UInt128> _hash;

    /// <summary>Makes it; the pixels are not copied.</summary>
    /// <param name="width">Pixels in a row, from 1.</param>
    /// <param name="height">Rows, from 1.</param>
    /// <param name="pixels">Three bytes a pixel.</param>
    /// <param name="positions">What a network computes for it, in tokens: batches are packed by that. From 1.</param>
    public PreparedImage(int width, int height, ReadOnlyMemory<byte> pixels, int positions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(positions, 1);
        if (pixels.Length != 3L * width * height)
        {
            throw new ArgumentException($"{pixels.Length} bytes are not an image of {width} x {height} pixels, three bytes each.", nameof(pixels));
        }

        Width = width;
        Height = height;
        Pixels = pixels;
        Positions = positions;
        _hash = new(Compute);
    }

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Three bytes a pixel.</summary>
    public ReadOnlyMemory<byte> Pixels { get; }

    /// <summary>What a network computes for it, in tokens.</summary>
    public int Positions { get; }

    /// <summary>A hash of size and pixels (XXH128): equal images have equal ones.</summary>
    public UInt128 Hash => _hash.Value;

    /// <summary>What it weighs in a buffer, in bytes.</summary>
    public long Weight => 128 + Pixels.Length;

    private UInt128 Compute()
    {
        var hash = new XxHash128();
        hash.Append(MemoryMarshal.AsBytes<int>([Width, Height]));
        hash.Append(Pixels.Span);
        return hash.GetCurrentHashAsUInt128();
    }
}
