using SkiaSharp;

namespace Sluice.TestKit.Documents;

/// <summary>Draws pages of known text with a real font, as a scanner would deliver them.</summary>
public sealed record WrittenPage
{
    private const double PointsPerInch = 72;

    /// <summary>Folder of the DejaVu fonts: of the Debian package fonts-dejavu-core, which <c>./test.sh</c> installs where it is missing; or <c>$SLUICE_TEST_FONTS</c>.</summary>
    public static string Fonts => Environment.GetEnvironmentVariable("SLUICE_TEST_FONTS") is { Length: > 0 } folder ? folder : "/usr/share/fonts/truetype/dejavu";

    /// <summary>The font's file.</summary>
    public string Font { get; init; } = "DejaVuSans.ttf";

    /// <summary>Size of the font in points.</summary>
    public double Size { get; init; } = 11;

    /// <summary>Pixels an inch.</summary>
    public double Dpi { get; init; } = 200;

    /// <summary>Turn of the page in degrees, clockwise.</summary>
    public double Turn { get; init; }

    /// <summary>Standard deviation of the noise, in steps of grey.</summary>
    public double Noise { get; init; }

    /// <summary>Standard deviation of the blur, in pixels.</summary>
    public double Blur { get; init; }

    /// <summary>Columns side by side.</summary>
    public int Columns { get; init; } = 1;

    /// <summary>Width of the page in points.</summary>
    public double Width { get; init; } = 595;

    /// <summary>Height of the page in points.</summary>
    public double Height { get; init; } = 842;

    /// <summary>Margin of the page in points.</summary>
    public double Margin { get; init; } = 60;

    /// <summary>Draws paragraphs until the page is full.</summary>
    /// <param name="paragraphs">The paragraphs.</param>
    /// <returns>The page, and the text that is on it: paragraphs with a line feed between, single spaces within.</returns>
    public (SKBitmap Picture, string Text) Draw(params IEnumerable<string> paragraphs)
    {
        var scale = Dpi / PointsPerInch;
        var bitmap = new SKBitmap(new SKImageInfo((int)(Width * scale), (int)(Height * scale), SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(SKColors.White);
        canvas.RotateDegrees((float)Turn, bitmap.Width / 2f, bitmap.Height / 2f);
        using var typeface = SKTypeface.FromFile(Path.Combine(Fonts, Font)) ?? throw new InvalidOperationException($"no font {Path.Combine(Fonts, Font)}; install fonts-dejavu-core");
        using var font = new SKFont(typeface, (float)(Size * scale)) { Subpixel = true };
        using var blur = Blur > 0 ? SKImageFilter.CreateBlur((float)Blur, (float)Blur) : null;
        using var paint = new SKPaint { Color = SKColors.Black, IsAntialias = true, ImageFilter = blur };
        var gutter = 24 * scale;
        var columnWidth = ((bitmap.Width - (2 * Margin * scale)) - ((Columns - 1) * gutter)) / Columns;
        var (column, y) = (0, (Margin + Size) * scale);
        var written = new List<string>();
        foreach (var paragraph in paragraphs)
        {
            var lines = Wrap(paragraph, font, columnWidth);
            if (y + (lines.Count * 1.35 * Size * scale) > bitmap.Height - (Margin * scale))
            {
                (column, y) = (column + 1, (Margin + Size) * scale);
                if (column == Columns)
                {
                    break;
                }
            }

            foreach (var line in lines)
            {
                canvas.DrawText(line, (float)((Margin * scale) + (column * (columnWidth + gutter))), (float)y, SKTextAlign.Left, font, paint);
                y += 1.35 * Size * scale;
            }

            y += 0.8 * Size * scale;
            written.Add(string.Join(' ', lines));
        }

        canvas.Flush();
        AddNoise(bitmap);
        return (bitmap, string.Join('\n', written));
    }

    private static List<string> Wrap(string paragraph, SKFont font, double width)
    {
        var lines = new List<string>();
        var line = "";
        foreach (var word in paragraph.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var longer = line.Length == 0 ? word : $"{line} {word}";
            if (line.Length > 0 && font.MeasureText(longer) > width)
            {
                lines.Add(line);
                longer = word;
            }

            line = longer;
        }

        lines.Add(line);
        return lines;
    }

    private void AddNoise(SKBitmap bitmap)
    {
        if (Noise <= 0)
        {
            return;
        }

        var random = new Random(5);
        var pixels = bitmap.GetPixelSpan();
        for (var at = 0; at < pixels.Length; at += 4)
        {
            var noise = (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * 2 * Noise; // Close to normal.
            for (var channel = 0; channel < 3; channel++)
            {
                pixels[at + channel] = (byte)Math.Clamp(pixels[at + channel] + noise, 0, 255);
            }
        }
    }
}
