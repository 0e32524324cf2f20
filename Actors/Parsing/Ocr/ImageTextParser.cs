using System.Runtime.CompilerServices;
using Sluice.Actors.Parsing.Pdf;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Ocr;

/// <summary>Image files: the text that is recognised in them, as on a page of a PDF. Registered where images are to be read. Stateless.</summary>
/// <param name="recognition">Recognises them.</param>
internal sealed class ImageTextParser(PageRecognition recognition) : IFormatParser
{
    public string Name => "image";

    public int Version => 1;

    public async IAsyncEnumerable<Section> ParseAsync(ParseInput input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (recognition.ImageProblem is { } problem)
        {
            throw new DocumentRejectedException(Rejection.Dead(Reasons.MissingProgram, problem));
        }

        var page = await recognition.ReadImageAsync(input, cancellationToken).ConfigureAwait(false);
        if (page.Lines.Count == 0)
        {
            throw new DocumentRejectedException(Rejection.Skip(Reasons.Empty, "text recognition found no text in the image"));
        }

        if (DocumentTitle.Make(null, new Dictionary<string, string>(StringComparer.Ordinal) { ["image"] = input.MediaType }, input.FileName) is { } title)
        {
            yield return title;
        }

        var sections = new PdfSections(new PdfOutline(), new SectionBuilder());
        sections.Learn(page);
        foreach (var section in sections.Make(page, []))
        {
            yield return section;
        }
    }
}
