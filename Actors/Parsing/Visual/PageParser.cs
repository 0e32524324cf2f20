using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Sluice.Actors.Parsing.Images;
using Sluice.Actors.Parsing.Pdf;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Visual;

/// <summary>
/// Pages of PDFs as pictures, for a model that embeds images: one section each. Its text is that of the page, as far as the PDF has any, so that hits show something
/// and can be searched by words as well. One page is in memory at a time, and one more at the model's size. A page that cannot be drawn does not lose the others: the section
/// beside it names it in its metadata. Stateless.
/// </summary>
/// <param name="recipe">How the model wants its images.</param>
/// <param name="timeProvider">The clock of the time limit.</param>
internal sealed class PageParser(ImageRecipe recipe, TimeProvider timeProvider) : IFormatParser
{
    /// <summary>Most characters of a page's text; a densely printed page has about 6,000.</summary>
    private const int MaxText = 8000;

    public string Name => "page";

    public int Version => 1;

    public async IAsyncEnumerable<Section> ParseAsync(ParseInput input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var path = await input.OpenFileAsync(cancellationToken).ConfigureAwait(false);
        var stream = await input.OpenSeekableAsync(cancellationToken).ConfigureAwait(false);
        var filters = new BoundedFilters(stream.Length, input.Options, cancellationToken);
        using var document = PdfParser.Open(stream, input.Options, filters);
        var pages = new PdfPages(document, filters, cancellationToken);
        var metadata = pages.Metadata(out var title);
        metadata["pages"] = pages.Count.ToString(CultureInfo.InvariantCulture);
        if (DocumentTitle.Make(title, metadata, input.FileName) is { } section)
        {
            yield return section;
        }

        var scale = new PageScale(Math.Clamp(recipe.PageSide, 16, PageScale.MaxSide));
        var renderer = new PdfPageRenderer(input.Options.SectionTimeout, timeProvider);
        var drawing = new PageDrawing(renderer, path, Math.Max(1, pages.Count), scale, cancellationToken);
        await using var disposal = drawing.ConfigureAwait(false);
        var gaps = new PageGaps();
        Section? held = null;
        long position = 0;
        for (var number = 1; number <= drawing.Last; number++)
        {
            if (await drawing.ReadAsync(number).ConfigureAwait(false) is not { } picture)
            {
                gaps.AddUnreadable(number);
                continue;
            }

            if (held is not null)
            {
                yield return held;
            }

            var text = TextOf(pages.Read(number));
            held = gaps.Mark(
                new Section(SectionKind.Image, text, new Place(position, position + text.Length) { Page = number }) { Image = recipe.Prepare(picture.Pixels, picture.Width, picture.Height) },
                number);
            position += text.Length + 1;
        }

        yield return gaps.Mark(held ?? throw drawing.Nothing(), int.MaxValue);
    }

    /// <summary>The text of a page, line by line; empty where it has none or cannot be read, which costs no picture.</summary>
    private static string TextOf(PdfPageLayout? page)
    {
        var text = new StringBuilder();
        foreach (var line in page?.Lines ?? [])
        {
            if (text.Length + line.Text.Length >= MaxText)
            {
                break;
            }

            text.Append(text.Length > 0 ? "\n" : "").Append(line.Text);
        }

        return text.ToString().Trim();
    }
}
