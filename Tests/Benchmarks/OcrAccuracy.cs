using System.Diagnostics;
using System.Globalization;
using SkiaSharp;
using Sluice.Actors;
using Sluice.Actors.Parsing.Images;
using Sluice.Actors.Parsing.Ocr;
using Sluice.Actors.Parsing.Ocr.Layout;
using Sluice.Actors.Parsing.Pdf;
using Sluice.TestKit.Documents;
using Sluice.TestKit.Models;

namespace Sluice.Benchmarks;

/// <summary>Text recognition on drawn pages of known text: character error rate (edit distance over length) by font, size and what a scanner does to a page.</summary>
internal static class OcrAccuracy
{
    public static void Run(string[] arguments)
    {
        var options = new OcrOptions();
        foreach (var argument in arguments)
        {
            var parts = argument.Split('=');
            _ = parts[0] switch
            {
                "side" => options.DetectionSide = int.Parse(parts[1], CultureInfo.InvariantCulture),
                "threads" => options.Threads = int.Parse(parts[1], CultureInfo.InvariantCulture),
                "dpi" => options.Dpi = int.Parse(parts[1], CultureInfo.InvariantCulture),
                _ => 0,
            };
        }

        using var reader = new PageReader(OcrModels.Locate(""), options);
        var text = Paragraphs().ToList();
        var dpi = options.Dpi;
        (string Name, WrittenPage Page)[] pages =
        [
            ("sans 11", new() { Dpi = dpi }),
            ("sans 8", new() { Dpi = dpi, Size = 8 }),
            ("sans 14", new() { Dpi = dpi, Size = 14 }),
            ("sans 24", new() { Dpi = dpi, Size = 24 }),
            ("serif 11", new() { Dpi = dpi, Font = "DejaVuSerif.ttf" }),
            ("serif 9, two columns", new() { Dpi = dpi, Font = "DejaVuSerif.ttf", Size = 9, Columns = 2 }),
            ("mono 10", new() { Dpi = dpi, Font = "DejaVuSansMono.ttf", Size = 10 }),
            ("bold 11", new() { Dpi = dpi, Font = "DejaVuSans-Bold.ttf" }),
            ("turned 2 degrees", new() { Dpi = dpi, Turn = 2 }),
            ("on its head", new() { Dpi = dpi, Turn = 180 }),
            ("noise 25", new() { Dpi = dpi, Noise = 25 }),
            ("blur 1.2", new() { Dpi = dpi, Blur = 1.2 }),
        ];
        Console.WriteLine($"{"page",-24}{"characters",12}{"errors",10}{"of letters",12}{"lines",8}{"seconds",10}{"in networks",14}");
        foreach (var (name, page) in pages.Where(page => Array.TrueForAll(arguments, argument => !argument.StartsWith("only=", StringComparison.Ordinal) || argument == "only=" + page.Name)))
        {
            var (bitmap, expected) = page.Draw(text);
            using (bitmap)
            {
                using var encoded = bitmap.Encode(SKEncodedImageFormat.Jpeg, 85);
                var image = ImageDecoder.Decode(encoded.ToArray(), 100_000_000);
                var running = reader.Running;
                var started = Stopwatch.GetTimestamp();
                var read = reader.Read(image, CancellationToken.None);
                var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
                var layout = RecognizedLayout.Make(read, 1, 72.0 / dpi, options.MinConfidence);
                var found = string.Join('\n', PdfParagraph.Group(layout.Lines).Select(static paragraph => paragraph.Text()));
                var all = Rate(Flat(expected), Flat(found));
                var letters = Rate(expected.Where(static c => !char.IsWhiteSpace(c)), found.Where(static c => !char.IsWhiteSpace(c)));
                var share = (reader.Running - running).TotalSeconds / seconds;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-24}{expected.Length,12:N0}{all,10:P2}{letters,12:P2}{read.Lines.Count,8}{seconds,10:F2}{share,14:P1}"));
                if (arguments.Contains("show"))
                {
                    Console.WriteLine(found);
                    Console.WriteLine("---- " + string.Join(' ', layout.Lines.Take(5).Select(static line => FormattableString.Invariant($"{line.Size:F1}"))));
                }
            }
        }
    }

    private static string Flat(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static double Rate(IEnumerable<char> expected, IEnumerable<char> found)
    {
        var (one, other) = (string.Concat(expected), string.Concat(found));
        return (double)EditDistance.Between(one, other, int.MaxValue) / one.Length;
    }

    /// <summary>Prose of the documentation, without marks.</summary>
    private static IEnumerable<string> Paragraphs()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md").Order(StringComparer.Ordinal))
        {
            foreach (var line in File.ReadLines(file))
            {
                if (line.Length > 120 && char.IsAsciiLetterUpper(line[0]) && line.All(static c => c is >= ' ' and < '\u007f' and not ('|' or '*' or '`' or '[')))
                {
                    yield return line.Length <= 600 ? line : line[..line.LastIndexOf(' ', 600)];
                }
            }
        }
    }
}
