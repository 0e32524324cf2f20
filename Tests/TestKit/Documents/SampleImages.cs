using System.Buffers.Binary;
using SkiaSharp;

namespace Sluice.TestKit.Documents;

/// <summary>Pictures made for tests, encoded by Skia or by hand.</summary>
public static class SampleImages
{
    /// <summary>A GIF of one red pixel.</summary>
    public static byte[] RedGif => [.. "GIF89a"u8, 1, 0, 1, 0, 0x80, 0, 0, 255, 0, 0, 0, 0, 0, 0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3B];

    /// <summary>32 x 16 pixels: red, green, blue and white quarters, from the upper left.</summary>
    public static byte[] Quarters(SKEncodedImageFormat format)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(32, 16, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using (var canvas = new SKCanvas(bitmap))
        {
            SKColor[] colors = [SKColors.Red, SKColors.Lime, SKColors.Blue, SKColors.White];
            for (var quarter = 0; quarter < 4; quarter++)
            {
                using var paint = new SKPaint { Color = colors[quarter] };
                canvas.DrawRect(SKRect.Create(quarter % 2 * 16, quarter / 2 * 8, 16, 8), paint);
            }
        }

        return Encode(bitmap, format);
    }

    /// <summary>Pixels of random colours, always the same.</summary>
    public static byte[] Noise(int width, int height, SKEncodedImageFormat format)
    {
        var random = new Random(11);
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (var at = 0; at < width * height; at++)
        {
            bitmap.SetPixel(at % width, at / width, new SKColor((uint)random.Next() | 0xFF000000));
        }

        return Encode(bitmap, format);
    }

    /// <summary>Encodes a picture.</summary>
    public static byte[] Encode(SKBitmap bitmap, SKEncodedImageFormat format)
    {
        ArgumentNullException.ThrowIfNull(bitmap);
        using var data = bitmap.Encode(format, 95);
        return data.ToArray();
    }

    /// <summary>An uncompressed BMP of 24 bits a pixel.</summary>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="pixels">Red, green, blue of each pixel from the upper left.</param>
    public static byte[] Bmp(int width, int height, byte[] pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        var stride = ((width * 3) + 3) / 4 * 4;
        var bytes = new byte[54 + (stride * height)];
        bytes[0] = (byte)'B';
        bytes[1] = (byte)'M';
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(2), bytes.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(10), 54);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(18), width);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(22), height);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(26), 1);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(28), 24);
        for (var at = 0; at < width * height; at++)
        {
            var target = 54 + ((height - 1 - (at / width)) * stride) + (at % width * 3);
            (bytes[target], bytes[target + 1], bytes[target + 2]) = (pixels[(at * 3) + 2], pixels[(at * 3) + 1], pixels[at * 3]);
        }

        return bytes;
    }

    /// <summary>A JPEG with a note of the camera's orientation (EXIF tag 0x0112) put into it.</summary>
    public static byte[] WithOrientation(byte[] jpeg, int orientation)
    {
        ArgumentNullException.ThrowIfNull(jpeg);
        byte[] exif =
        [
            0xFF, 0xE1, 0, 34, .. "Exif\0\0"u8, .. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0,
        ];
        return [.. jpeg[..2], .. exif, .. jpeg[2..]];
    }

    /// <summary>The checksum of a PNG chunk.</summary>
    public static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
            }
        }

        return ~crc;
    }
}
