using System.Buffers.Binary;
using SkiaSharp;
using Sluice.Actors.Parsing;
using Sluice.Actors.Parsing.Images;
using Sluice.Streams.Failures;
using Sluice.TestKit.Documents;

namespace Sluice.Actors.Tests.Parsing.Images;

public sealed class ImageDecoderTests
{
    private const long Enough = 1_000_000;

    [Theory]
    [InlineData(SKEncodedImageFormat.Png)]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public void Decode_EncodedPicture_GivesItsPixels(SKEncodedImageFormat format)
    {
        var image = ImageDecoder.Decode(SampleImages.Quarters(format), Enough);

        (image.Width, image.Height).ShouldBe((32, 16));
        ShouldBeQuarters(image, SKColors.Red, SKColors.Lime, SKColors.Blue, SKColors.White);
    }

    [Fact]
    public void Decode_Gif_GivesItsFirstFrame()
    {
        var image = ImageDecoder.Decode(SampleImages.RedGif, Enough);

        (image.Width, image.Height).ShouldBe((1, 1));
        image.Pixels.ShouldBe([255, 0, 0]);
    }

    [Fact]
    public void Decode_Bmp_GivesItsPixels()
    {
        var image = ImageDecoder.Decode(SampleImages.Bmp(2, 1, [10, 20, 30, 200, 100, 50]), Enough);

        (image.Width, image.Height).ShouldBe((2, 1));
        image.Pixels.ShouldBe([10, 20, 30, 200, 100, 50]);
    }

    [Fact]
    public void Decode_TransparentPixels_ShowWhite()
    {
        using var bitmap = new SKBitmap(new SKImageInfo(2, 1, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        bitmap.SetPixel(0, 0, new SKColor(0, 0, 0, 0));
        bitmap.SetPixel(1, 0, new SKColor(0, 0, 255, 128));

        var image = ImageDecoder.Decode(SampleImages.Encode(bitmap, SKEncodedImageFormat.Png), Enough);

        image.Pixels[..3].ShouldBe([255, 255, 255]);
        image.Pixels[3..].Zip<byte, byte>([127, 127, 255]).ShouldAllBe(static pair => Math.Abs(pair.First - pair.Second) <= 1);
    }

    /// <summary>What the eight orientations of EXIF must look like is computed here from their definition: which side of the picture the first stored row and column are.</summary>
    [Theory]
    [InlineData(1, 0, 1, 2, 3)]
    [InlineData(2, 1, 0, 3, 2)]
    [InlineData(3, 3, 2, 1, 0)]
    [InlineData(4, 2, 3, 0, 1)]
    [InlineData(5, 0, 2, 1, 3)]
    [InlineData(6, 2, 0, 3, 1)]
    [InlineData(7, 3, 1, 2, 0)]
    [InlineData(8, 1, 3, 0, 2)]
    public void Decode_OrientationOfCamera_IsApplied(int orientation, int topLeft, int topRight, int bottomLeft, int bottomRight)
    {
        SKColor[] stored = [SKColors.Red, SKColors.Lime, SKColors.Blue, SKColors.White];

        var image = ImageDecoder.Decode(SampleImages.WithOrientation(SampleImages.Quarters(SKEncodedImageFormat.Jpeg), orientation), Enough);

        (image.Width, image.Height).ShouldBe(orientation < 5 ? (32, 16) : (16, 32));
        ShouldBeQuarters(image, stored[topLeft], stored[topRight], stored[bottomLeft], stored[bottomRight]);
    }

    [Fact]
    public void Decode_MorePixelsThanAllowed_IsSkippedBeforeItIsDecoded()
    {
        // A header that claims 60,000 x 60,000 pixels: 14 GB once decoded.
        var bomb = SampleImages.Quarters(SKEncodedImageFormat.Png);
        BinaryPrimitives.WriteInt32BigEndian(bomb.AsSpan(16), 60_000);
        BinaryPrimitives.WriteInt32BigEndian(bomb.AsSpan(20), 60_000);
        BinaryPrimitives.WriteUInt32BigEndian(bomb.AsSpan(29), SampleImages.Crc32(bomb.AsSpan(12, 17)));

        var rejection = Should.Throw<DocumentRejectedException>(() => ImageDecoder.Decode(bomb, 100_000_000)).Rejection;

        rejection.Reason.ShouldBe(Reasons.TooLarge);
        rejection.Message.ShouldBe("an image of 60,000 x 60,000 pixels, more than the 100,000,000 allowed; make it smaller or raise sluice.parsing.max-image-pixels");
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Png)]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public void Decode_CutAnywhere_IsCorrupt(SKEncodedImageFormat format)
    {
        var whole = SampleImages.Noise(64, 64, format);
        for (var length = 0; length < whole.Length - 32; length += 37)
        {
            var cut = whole[..length];
            Should.Throw<DocumentRejectedException>(() => ImageDecoder.Decode(cut, Enough), $"{length} of {whole.Length} bytes").Rejection.Reason.ShouldBe(Reasons.Corrupt);
        }
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Png)]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public void Decode_BytesFlipped_NeverFailsOtherwiseThanByRejection(SKEncodedImageFormat format)
    {
        var random = new Random(7);
        var whole = SampleImages.Noise(32, 32, format);
        for (var trial = 0; trial < 300; trial++)
        {
            var broken = (byte[])whole.Clone();
            for (var flips = random.Next(1, 6); flips > 0; flips--)
            {
                broken[random.Next(broken.Length)] = (byte)random.Next(256);
            }

            try
            {
                var image = ImageDecoder.Decode(broken, Enough);
                image.Pixels.Length.ShouldBe(image.Width * image.Height * 3);
            }
            catch (DocumentRejectedException exception)
            {
                exception.Rejection.Reason.ShouldBeOneOf(Reasons.Corrupt, Reasons.TooLarge);
            }
        }
    }

    [Fact]
    public async Task DecodeAsync_MoreBytesThanAllowed_IsSkipped()
    {
        var bytes = SampleImages.Quarters(SKEncodedImageFormat.Png);

        var failure = await Should.ThrowAsync<DocumentRejectedException>(() =>
            ImageDecoder.DecodeAsync(new MemoryStream(bytes), new ParsingOptions { MaxWholeDocumentBytes = bytes.Length - 1 }, CancellationToken.None).AsTask());

        failure.Rejection.Reason.ShouldBe(Reasons.TooLarge);
    }

    [Fact]
    public async Task UseAsync_LargePictures_AreInMemoryOneAtATimeAndSmallOnesDoNotWait()
    {
        using var bitmap = new SKBitmap(new SKImageInfo(4_001, 4_000, SKColorType.Gray8, SKAlphaType.Opaque));
        var large = SampleImages.Encode(bitmap, SKEncodedImageFormat.Png);
        var small = SampleImages.Quarters(SKEncodedImageFormat.Png);
        ValueTask<int> second = default;
        var (isFirstThere, wasSecondBeside) = (false, false);
        var first = await ImageDecoder.UseAsync(
            new MemoryStream(large),
            new ParsingOptions(),
            picture =>
            {
                // All of this runs up to where it has to wait, since a memory stream does not make it.
                isFirstThere = true;
                second = ImageDecoder.UseAsync(new MemoryStream(large), new ParsingOptions(), other => other.Width + ((wasSecondBeside = isFirstThere) ? 1 : 0), CancellationToken.None);
                var beside = ImageDecoder.UseAsync(new MemoryStream(small), new ParsingOptions(), static other => other.Width, CancellationToken.None);
                beside.IsCompletedSuccessfully.ShouldBeTrue("a small one does not wait");
                isFirstThere = false;
                return picture.Width;
            },
            CancellationToken.None);
        first.ShouldBe(4_001);
        (await second).ShouldBe(4_001);
        wasSecondBeside.ShouldBeFalse();
    }

    private static void ShouldBeQuarters(RasterImage image, params SKColor[] expected)
    {
        var (x, y) = (image.Width / 4, image.Height / 4);
        SKColor[] found = [At(x, y), At(3 * x, y), At(x, 3 * y), At(3 * x, 3 * y)];
        found.Zip(expected).ShouldAllBe(static pair => Math.Abs(pair.First.Red - pair.Second.Red) + Math.Abs(pair.First.Green - pair.Second.Green) + Math.Abs(pair.First.Blue - pair.Second.Blue) < 40);

        SKColor At(int column, int row)
        {
            var pixel = image.Row(row).Slice(column * 3, 3);
            return new SKColor(pixel[0], pixel[1], pixel[2]);
        }
    }
}
