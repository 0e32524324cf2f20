using System.Runtime.CompilerServices;
using Sluice.Actors.Parsing.Zip;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Epub;

/// <summary>
/// E-books (EPUB 2 and 3): the chapters in reading order, each read by the HTML parser; <see cref="Place.Part"/> is the chapter's file. Stateless.
/// </summary>
/// <param name="html">Reads the chapters.</param>
internal sealed class EpubParser(IFormatParser html) : IFormatParser
{
    public string Name => "epub";

    public int Version => 1;

    public async IAsyncEnumerable<Section> ParseAsync(ParseInput input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var stream = await input.OpenSeekableAsync(cancellationToken).ConfigureAwait(false);
        using var zip = BoundedZip.Open(stream, input.Options);
        var book = EpubBook.Read(zip, input, cancellationToken);
        if (book.Title is { } title)
        {
            yield return title;
        }

        var any = false;
        var builder = new SectionBuilder();
        foreach (var chapter in book.Chapters)
        {
            builder.ResetHeadings();
            await foreach (var section in ChapterAsync(zip, chapter, builder, input, cancellationToken).ConfigureAwait(false))
            {
                any = true;
                yield return section;
            }
        }

        if (!any)
        {
            throw new DocumentRejectedException(Rejection.Skip(Reasons.Empty, "the book's chapters have no text; it may be made of pictures"));
        }
    }

    private async IAsyncEnumerable<Section> ChapterAsync(
        BoundedZip zip,
        string chapter,
        SectionBuilder builder,
        ParseInput input,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var part = zip.OpenPart(chapter);
        await using (part.ConfigureAwait(false))
        {
            var inner = new ParseInput(input.Uri, chapter[(chapter.LastIndexOf('/') + 1)..], "application/xhtml+xml", part, input.Options);
            await using (inner.ConfigureAwait(false))
            {
                await foreach (var section in NestedDocument.ReadAsync(html, inner, chapter, builder, 0, cancellationToken).ConfigureAwait(false))
                {
                    yield return section;
                }
            }
        }
    }
}
