using Sluice.Actors.Parsing.Images;
using Sluice.Actors.Parsing.Ocr;

namespace Sluice.Actors.Parsing.Workers;

/// <summary>Pages on their way to the networks that read them, and what was read on its way back.</summary>
internal static class RecognizedPageCodec
{
    public static void Write(PayloadWriter to, RasterImage image)
    {
        to.Begin(FrameKind.Picture).Add(image.Width).Add(image.Height).Add(image.Pixels);
        to.End();
    }

    public static RasterImage ReadPicture(ReadOnlySpan<byte> payload)
    {
        var from = new PayloadReader(payload);
        var (width, height) = (from.Int32(), from.Int32());
        return width >= 1 && height >= 1 && from.Rest.Length == (long)width * height * RasterImage.Channels
            ? new(width, height, from.Rest.ToArray())
            : throw new InvalidDataException("a picture that came through the pipe is none");
    }

    public static void Write(PayloadWriter to, RecognizedPage page)
    {
        to.Begin(FrameKind.Recognized).Add(page.Width).Add(page.Height).Add(page.Lines.Count);
        foreach (var (box, read) in page.Lines)
        {
            to.Add(box.X).Add(box.Y).Add(box.Width).Add(box.Height).Add(box.Angle).Add((double)read.Confidence).Add(read.Characters.Count);
            foreach (var (character, at) in read.Characters)
            {
                to.Add(character).Add((double)at);
            }
        }

        to.End();
    }

    public static RecognizedPage ReadPage(ReadOnlySpan<byte> payload)
    {
        var from = new PayloadReader(payload);
        var (width, height) = (from.Int32(), from.Int32());
        var lines = new RecognizedLine[from.Count(6 * sizeof(double))];
        for (var line = 0; line < lines.Length; line++)
        {
            var box = new Ocr.Detection.TextBox(from.Double(), from.Double(), from.Double(), from.Double(), from.Double());
            var confidence = (float)from.Double();
            var characters = new (string, float)[from.Count(sizeof(int) + sizeof(double))];
            for (var at = 0; at < characters.Length; at++)
            {
                characters[at] = (from.Text(), (float)from.Double());
            }

            lines[line] = new(box, new(characters, confidence));
        }

        return new(width, height, lines);
    }
}
