using System.Globalization;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Pdf;

/// <summary>Makes the sections of pages, one after the other: finds the headings by the outline and by the size of the font. Not safe for concurrent use.</summary>
internal sealed class PdfSections(PdfOutline outline, SectionBuilder builder)
{
    private const int MaxHeading = 200;
    private const int MaxHeadingLines = 3;

    private readonly SortedDictionary<double, long> _sizes = [];

    /// <summary>Size of the running text, as far as pages have been seen; 0 before the first.</summary>
    public double BodySize { get; private set; }

    /// <summary>Takes the font sizes of a page into account.</summary>
    public void Learn(PdfPageLayout page)
    {
        foreach (var line in page.Lines)
        {
            var size = Math.Round(line.Size * 2) / 2;
            _sizes[size] = _sizes.GetValueOrDefault(size) + line.Letters;
        }

        long most = 0;
        foreach (var (size, letters) in _sizes)
        {
            if (letters > most)
            {
                (BodySize, most) = (size, letters);
            }
        }
    }

    /// <summary>Makes the sections of the next page.</summary>
    /// <param name="page">The page.</param>
    /// <param name="leftOut">Lines that are no part of the text.</param>
    public IEnumerable<Section> Make(PdfPageLayout page, HashSet<PdfLine> leftOut)
    {
        var place = new Place(0, 0) { Page = page.Number > 0 ? page.Number : null };
        var metadata = Recognized(page);
        var paragraphs = PdfParagraph.Group(page.Lines.FindAll(line => !leftOut.Contains(line)));
        var entries = outline.On(page.Number);
        var matches = Match(paragraphs, entries);
        var told = 0;
        for (var index = 0; index < paragraphs.Count; index++)
        {
            var paragraph = paragraphs[index];
            var matched = matches[index];

            // Bookmarks that no line on the page repeats still say where the text belongs.
            while (told < entries.Count && told != matched && !Array.Exists(matches, match => match == told) && IsAbove(entries[told], paragraph))
            {
                foreach (var section in builder.Heading(entries[told].Level, entries[told].Title, place, metadata))
                {
                    yield return section;
                }

                told++;
            }

            foreach (var section in Make(paragraph, matched >= 0 ? entries[matched] : null, place, metadata))
            {
                yield return section;
            }

            told = matched >= 0 ? Math.Max(told, matched + 1) : told;
        }

        for (; told < entries.Count; told++)
        {
            if (!Array.Exists(matches, match => match == told))
            {
                foreach (var section in builder.Heading(entries[told].Level, entries[told].Title, place, metadata))
                {
                    yield return section;
                }
            }
        }
    }

    /// <summary>The metadata of recognised text: that it was, and how surely.</summary>
    private static Dictionary<string, string>? Recognized(PdfPageLayout page) => page.Recognized is { } confidence
        ? new(StringComparer.Ordinal) { ["ocr"] = "true", ["ocr-confidence"] = confidence.ToString("0.00", CultureInfo.InvariantCulture) }
        : null;

    private static bool IsAbove(PdfOutline.Entry entry, PdfParagraph paragraph) => entry.Top is not { } top || paragraph.Top <= top + 1;

    /// <summary>For each paragraph the bookmark whose heading it is, or -1; in order, each bookmark once.</summary>
    private int[] Match(List<PdfParagraph> paragraphs, IReadOnlyList<PdfOutline.Entry> entries)
    {
        var matches = new int[paragraphs.Count];
        Array.Fill(matches, -1);
        if (entries.Count == 0)
        {
            return matches;
        }

        var next = 0;
        for (var index = 0; index < paragraphs.Count && next < entries.Count; index++)
        {
            var paragraph = paragraphs[index];
            if (paragraph.Lines.Count > MaxHeadingLines)
            {
                continue;
            }

            var key = PdfOutline.Normalize(paragraph.Text());
            var stands = paragraph.IsBold || paragraph.Size > 1.08 * BodySize;
            for (var entry = next; entry < entries.Count; entry++)
            {
                if (entries[entry].Matches(key, stands))
                {
                    matches[index] = entry;
                    next = entry + 1;
                    break;
                }
            }
        }

        return matches;
    }

    private IEnumerable<Section> Make(PdfParagraph paragraph, PdfOutline.Entry? entry, Place place, Dictionary<string, string>? metadata)
    {
        var text = paragraph.Text();
        if (entry is not null)
        {
            return builder.Heading(entry.Level, text, place, metadata);
        }

        if (Level(paragraph, text) is { } level)
        {
            return builder.Heading(outline.IsEmpty ? level : PdfOutline.MaxLevel + level, text, place, metadata);
        }

        var kind = paragraph.IsCode && (paragraph.Lines.Count > 1 || paragraph.Lines[0].Words.Count > 1) ? SectionKind.Code
            : paragraph.IsListItem ? SectionKind.ListItem
            : SectionKind.Paragraph;
        return builder.Add(kind, text, place, metadata: metadata);
    }

    /// <summary>Level of a heading by its font, from 1; null for other text.</summary>
    private int? Level(PdfParagraph paragraph, string text)
    {
        if (text.Length > MaxHeading || paragraph.Lines.Count > MaxHeadingLines || !text.Any(char.IsLetter) || text.Contains('…', StringComparison.Ordinal) || BodySize <= 0)
        {
            return null;
        }

        var ratio = paragraph.Size / BodySize;
        if (ratio < 1.12)
        {
            return paragraph.IsBold && !paragraph.IsCode && paragraph.Lines.Count == 1 && text.Length <= 100 && ratio > 0.9 && text[^1] is not ('.' or ',' or ';') && text.Length > 2 ? 5 : null;
        }

        return ratio switch
        {
            >= 1.7 => 1,
            >= 1.4 => 2,
            >= 1.22 => 3,
            _ => 4,
        };
    }
}
