using System.Runtime.CompilerServices;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Text;

/// <summary>
/// Plain text: paragraphs by blank lines, with the character range and line of the file itself. What has no blank lines is cut between lines; a log's lines stay whole.
/// </summary>
internal sealed class PlainTextParser : IFormatParser
{
    private const int MaxPiece = 16 * 1024;
    private const int ProseLength = 8 * 1024;
    private const int LogLength = 4 * 1024;

    public string Name => "text";

    public int Version => 1;

    public async IAsyncEnumerable<Section> ParseAsync(ParseInput input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = await TextDecoding.OpenAsync(input.Stream, input.Charset, CharsetDeclaration.None, cancellationToken).ConfigureAwait(false);
        using var lines = new TextLines(reader, MaxPiece);
        var text = new VerbatimText();
        var log = new LogShape();
        var continues = false;
        while (await lines.NextAsync(cancellationToken).ConfigureAwait(false))
        {
            if (lines.IsBlank)
            {
                if (text.Take(log.Kind, continues) is { } paragraph)
                {
                    yield return paragraph;
                }

                continues = false;
                continue;
            }

            if (lines.Begins)
            {
                log.Add(lines.Line.Span);
            }

            // A piece that does not begin a line always goes on with the section before it.
            var full = text.Length > 0 && (!lines.Begins || text.Length + lines.Line.Length > (log.IsLog ? LogLength : ProseLength));
            if (full)
            {
                if (text.Take(log.Kind, continues) is { } piece)
                {
                    yield return piece;
                }

                continues = !lines.Begins || !log.IsLog;
            }

            text.Add(lines);
        }

        if (text.Take(log.Kind, continues) is { } last)
        {
            yield return last;
        }
    }
}
