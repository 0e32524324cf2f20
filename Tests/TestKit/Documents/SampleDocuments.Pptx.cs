using DocumentFormat.OpenXml;
using DocumentFormat.OpenXml.Packaging;
using DocumentFormat.OpenXml.Presentation;
using A = DocumentFormat.OpenXml.Drawing;

namespace Sluice.TestKit.Documents;

public static partial class SampleDocuments
{
    /// <summary>A presentation: each slide has a title, bullets and maybe notes. The parts are stored in the order of <paramref name="slides"/>, shown in that of their numbers.</summary>
    public static byte[] Pptx(params (int Position, string? Title, string[] Bullets, string? Notes)[] slides)
    {
        var stream = new MemoryStream();
        using (var document = PresentationDocument.Create(stream, PresentationDocumentType.Presentation))
        {
            var presentation = document.AddPresentationPart();
            var shown = new List<(int Position, string Id)>();
            foreach (var (position, title, bullets, notes) in slides)
            {
                var part = presentation.AddNewPart<SlidePart>();
                var tree = Tree();
                tree.Append(Shape(PlaceholderValues.SlideNumber, "furniture"));
                tree.Append(Shape(null, bullets));
                if (title is not null)
                {
                    tree.Append(Shape(PlaceholderValues.Title, title));
                }

                part.Slide = new Slide(new CommonSlideData(tree));
                if (notes is not null)
                {
                    var notesTree = Tree();
                    notesTree.Append(Shape(PlaceholderValues.SlideNumber, "furniture"), Shape(PlaceholderValues.Body, notes));
                    part.AddNewPart<NotesSlidePart>().NotesSlide = new NotesSlide(new CommonSlideData(notesTree));
                }

                shown.Add((position, presentation.GetIdOfPart(part)));
            }

            uint id = 255;
            presentation.Presentation = new Presentation(new SlideIdList(
                shown.OrderBy(static slide => slide.Position).Select(slide => new SlideId { Id = ++id, RelationshipId = slide.Id })));
        }

        return stream.ToArray();
    }

    /// <summary>A presentation of two slides.</summary>
    public static byte[] Pptx() => Pptx(
        (1, "Water", ["Rain falls", "Rivers rise"], "Speak slowly here."),
        (2, "Dams", ["Dams hold water back"], null));

    private static ShapeTree Tree() => new(
        new NonVisualGroupShapeProperties(new NonVisualDrawingProperties { Id = 1, Name = "" }, new NonVisualGroupShapeDrawingProperties(), new ApplicationNonVisualDrawingProperties()),
        new GroupShapeProperties());

    private static Shape Shape(PlaceholderValues? placeholder, params string[] paragraphs)
    {
        var mark = placeholder is { } type ? new PlaceholderShape { Type = type } : new PlaceholderShape { Index = 1 };
        return new Shape(
            new NonVisualShapeProperties(new NonVisualDrawingProperties { Id = 2, Name = "s" }, new NonVisualShapeDrawingProperties(), new ApplicationNonVisualDrawingProperties(mark)),
            new ShapeProperties(),
            new TextBody([new A.BodyProperties(), .. paragraphs.Select(static text => new A.Paragraph(new A.Run(new A.Text(text))))]));
    }
}
