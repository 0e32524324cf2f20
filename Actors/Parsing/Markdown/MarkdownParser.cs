using System.Runtime.CompilerServices;
using System.Text;
using Sluice.Actors.Parsing.Text;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Markdown;

/// <summary>
/// Markdown with tables, footnotes, definition and task lists. Read in parts of at most some hundred thousand characters, cut between blocks, so that a file of any
/// size streams; the usual file is one part.
/// </summary>
internal sealed class MarkdownParser : IFormatParser
{
    private const int PartLength = 256 * 1024;
    private const int MostLength = 2 * PartLength;

    public string Name => "markdown";

    public int Version => 1;

    public async IAsyncEnumerable<Section> ParseAsync(ParseInput input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = await TextDecoding.OpenAsync(input.Stream, input.Charset, CharsetDeclaration.None, cancellationToken).ConfigureAwait(false);
        using var lines = new TextLines(reader, PartLength);
        var blocks = new MarkdownBlocks(new SectionBuilder(), input.Options);
        var matter = new FrontMatter();
        var part = new StringBuilder();
        var partLine = 1;
        var fence = new FenceTracker();
        var first = true;
        var blank = false;
        while (await lines.NextAsync(cancellationToken).ConfigureAwait(false))
        {
            if (matter.Take(lines.Line.Span, lines.Number))
            {
                if (matter.Abandoned is { } text)
                {
                    part.Append(text);
                }

                continue;
            }

            var line = lines.Line;
            var full = part.Length + line.Length > MostLength
                || (part.Length > PartLength && blank && !fence.IsOpen && line.Length > 0 && !char.IsWhiteSpace(line.Span[0]));
            if (full || (part.Length == 0 && !matter.IsOpen && part.Length == 0))
            {
                if (part.Length > 0)
                {
                    foreach (var section in blocks.Read(part.ToString(), partLine, first ? matter : null, cancellationToken))
                    {
                        yield return section;
                    }

                    first = false;
                    part.Clear();
                }

                partLine = lines.Number;
            }

            part.Append(line);
            if (lines.Ends)
            {
                part.Append('\n');
            }

            blank = lines.IsBlank;
            fence.Follow(line.Span);
        }

        if (matter.IsOpen)
        {
            part.Insert(0, matter.Abandon());
            partLine = 1;
        }

        foreach (var section in blocks.Read(part.ToString(), partLine, first ? matter : null, cancellationToken))
        {
            yield return section;
        }
    }
}
