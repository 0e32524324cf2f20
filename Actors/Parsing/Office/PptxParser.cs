using System.Globalization;
using System.Runtime.CompilerServices;
using Sluice.Actors.Parsing.Zip;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Office;

/// <summary>
/// PowerPoint presentations (pptx, pptm, ppsx, potx), slide by slide in the order of the presentation; <see cref="Place.Page"/> is the slide's number. Titles are
/// headings; bullets, tables, diagrams and speaker notes follow. Stateless.
/// </summary>
internal sealed class PptxParser : IFormatParser
{
    private const int MaxSlides = 50_000;

    public string Name => "pptx";

    public int Version => 1;

    public async IAsyncEnumerable<Section> ParseAsync(ParseInput input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var stream = await input.OpenSeekableAsync(cancellationToken).ConfigureAwait(false);
        using var package = OpcPackage.Open(stream, input, cancellationToken);
        foreach (var section in PackageErrors.Guard(Read(package), package.Zip, "the presentation has no text; it may be made of pictures"))
        {
            yield return section;
        }
    }

    private static IEnumerable<Section> Read(OpcPackage package)
    {
        var main = package.MainPart();
        var slides = Slides(package, main);
        if (package.Title() is { } title)
        {
            yield return title with { Metadata = WithCount(title.Metadata, slides.Count) };
        }

        var builder = new SectionBuilder();
        for (var index = 0; index < slides.Count; index++)
        {
            var place = new Place(0, 0) { Page = index + 1 };
            var relations = package.Relations(slides[index]);
            builder.ResetHeadings();
            foreach (var heading in Heading(package, slides[index], builder, place))
            {
                yield return heading;
            }

            using (var xml = package.OpenXml(slides[index]))
            {
                foreach (var section in new PptxShapes(xml, builder, place, isNotes: false).Read())
                {
                    yield return section;
                }
            }

            foreach (var section in Related(package, relations, builder, place))
            {
                yield return section;
            }
        }
    }

    /// <summary>Text of diagrams, then the speaker's notes.</summary>
    private static IEnumerable<Section> Related(OpcPackage package, Dictionary<string, OpcRelation> relations, SectionBuilder builder, Place place)
    {
        foreach (var relation in relations.Values.OrderBy(static relation => relation.Is("notesSlide")))
        {
            var isNotes = relation.Is("notesSlide");
            if ((!isNotes && !relation.Is("diagramData")) || !package.Zip.Contains(relation.Target))
            {
                continue;
            }

            using var xml = package.OpenXml(relation.Target);
            foreach (var section in new PptxShapes(xml, builder, isNotes ? place with { Part = "notes" } : place, isNotes).Read())
            {
                yield return section;
            }
        }
    }

    private static List<Section> Heading(OpcPackage package, string slide, SectionBuilder builder, Place place)
    {
        using var xml = package.OpenXml(slide);
        return PptxShapes.FindTitle(xml) is { } title ? [.. builder.Heading(1, title, place)] : [];
    }

    private static List<string> Slides(OpcPackage package, string main)
    {
        var relations = package.Relations(main);
        var slides = new List<string>();
        using var xml = package.OpenXml(main);
        while (xml.Read() && slides.Count < MaxSlides)
        {
            if (xml.IsStart && xml.Name == "sldId" && xml.RelationAttribute("id") is { } id && relations.TryGetValue(id, out var slide))
            {
                slides.Add(slide.Target);
            }
        }

        return slides;
    }

    private static Dictionary<string, string> WithCount(IReadOnlyDictionary<string, string>? metadata, int slides) =>
        new(metadata ?? new Dictionary<string, string>(StringComparer.Ordinal), StringComparer.Ordinal)
        {
            ["slides"] = slides.ToString(CultureInfo.InvariantCulture),
        };
}
