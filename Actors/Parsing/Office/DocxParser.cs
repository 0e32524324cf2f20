using System.Runtime.CompilerServices;
using Sluice.Actors.Parsing.Zip;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Office;

/// <summary>
/// Word documents (docx, docm, dotx), read forwards without building a tree: memory does not grow with the document. Headings by outline level, lists, tables,
/// foot- and endnotes after the paragraph that refers to them, text boxes once; deleted revisions and the table of contents are left out. Stateless.
/// </summary>
internal sealed class DocxParser : IFormatParser
{
    public string Name => "docx";

    public int Version => 1;

    public async IAsyncEnumerable<Section> ParseAsync(ParseInput input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var stream = await input.OpenSeekableAsync(cancellationToken).ConfigureAwait(false);
        using var package = OpcPackage.Open(stream, input, cancellationToken);
        foreach (var section in PackageErrors.Guard(Read(package), package.Zip, "the document has no text"))
        {
            yield return section;
        }
    }

    private static IEnumerable<Section> Read(OpcPackage package)
    {
        if (package.Title() is { } title)
        {
            yield return title;
        }

        var main = package.MainPart();
        var relations = package.Relations(main).Values.ToLookup(static relation => relation.Type[(relation.Type.LastIndexOf('/') + 1)..], static relation => relation.Target, StringComparer.Ordinal);
        var styles = DocxStyles.None;
        if (relations["styles"].FirstOrDefault() is { } stylesPart && package.Zip.Contains(stylesPart))
        {
            using var xml = package.OpenXml(stylesPart);
            styles = DocxStyles.Read(xml);
        }

        var builder = new SectionBuilder();
        var footnotes = new DocxNotes(package, relations["footnotes"].FirstOrDefault());
        var endnotes = new DocxNotes(package, relations["endnotes"].FirstOrDefault());
        using (var body = package.OpenXml(main))
        {
            foreach (var section in new DocxBody(body, styles, builder, footnotes, endnotes).Read())
            {
                yield return section;
            }
        }

        builder.ResetHeadings();
        foreach (var notes in new[] { footnotes, endnotes })
        {
            if (notes.StreamedPart is { } part)
            {
                using var xml = package.OpenXml(part);
                foreach (var section in new DocxBody(xml, styles, builder, null, null).Read())
                {
                    yield return section;
                }
            }
        }
    }
}
