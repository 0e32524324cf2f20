using AngleSharp.Html.Parser;
using Sluice.Actors.Parsing;
using Sluice.Actors.Parsing.Epub;
using Sluice.Actors.Parsing.Mail;
using Sluice.Actors.Parsing.Office;
using Sluice.Actors.Parsing.Pdf;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Tests.Parsing;

/// <summary>Runs the parsers of container formats over bytes.</summary>
internal static class ContainerFormats
{
    /// <summary>The parser of a file, by its extension.</summary>
    public static IFormatParser For(string fileName) => Path.GetExtension(fileName) switch
    {
        ".pdf" => new PdfParser(),
        ".docx" => new DocxParser(),
        ".pptx" => new PptxParser(),
        ".xlsx" => new XlsxParser(),
        ".epub" => new EpubParser(new PlainHtml()),
        ".eml" => new EmlParser(new PlainHtml()),
        var other => throw new ArgumentException(other, nameof(fileName)),
    };

    public static Task<List<Section>> ReadAsync(string fileName, byte[] bytes, ParsingOptions? options = null) =>
        ReadAsync(fileName, new MemoryStream(bytes), options);

    public static async Task<List<Section>> ReadAsync(string fileName, Stream stream, ParsingOptions? options = null)
    {
        var sections = new List<Section>();
        await using var input = new ParseInput("file:///" + fileName, fileName, "application/octet-stream", stream, options ?? new ParsingOptions());
        await foreach (var section in For(fileName).ParseAsync(input, CancellationToken.None))
        {
            sections.Add(section);
        }

        Check(sections);
        return sections;
    }

    public static async Task<Rejection> RejectAsync(string fileName, byte[] bytes, ParsingOptions? options = null) =>
        (await Should.ThrowAsync<DocumentRejectedException>(() => ReadAsync(fileName, bytes, options))).Rejection;

    public static string[] Texts(this IEnumerable<Section> sections, SectionKind kind) => sections.Where(section => section.Kind == kind).Select(static section => section.Text).ToArray();

    /// <summary>What holds for every parser: the title first and once, sections within their length, places rising.</summary>
    private static void Check(List<Section> sections)
    {
        long position = 0;
        for (var index = 0; index < sections.Count; index++)
        {
            var section = sections[index];
            section.Text.Length.ShouldBeLessThanOrEqualTo(Section.MaxLength);
            if (section.Kind == SectionKind.Title)
            {
                index.ShouldBe(0);
                continue;
            }

            section.Place.Start.ShouldBeGreaterThanOrEqualTo(position);
            section.Place.End.ShouldBe(section.Place.Start + section.Text.Length);
            position = section.Place.End;
        }
    }

    /// <summary>Headings and paragraphs of HTML, for chapters and mail bodies.</summary>
    private sealed class PlainHtml : IFormatParser
    {
        public string Name => "plain-html";

        public int Version => 1;

        public async IAsyncEnumerable<Section> ParseAsync(ParseInput input, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            using var document = await new HtmlParser().ParseDocumentAsync(input.Stream, cancellationToken);
            var builder = new SectionBuilder();
            yield return SectionBuilder.Title("not the outer title");
            var any = false;
            foreach (var element in document.QuerySelectorAll("h1,h2,p"))
            {
                any = true;
                var level = element.LocalName == "p" ? 0 : element.LocalName[1] - '0';
                foreach (var section in level > 0 ? builder.Heading(level, element.TextContent) : builder.Add(SectionKind.Paragraph, element.TextContent))
                {
                    yield return section;
                }
            }

            if (!any)
            {
                throw new DocumentRejectedException(Rejection.Skip(Reasons.Empty, "no text"));
            }
        }
    }
}
