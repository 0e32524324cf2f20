using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Sluice.Actors.Parsing.Text;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Json;

/// <summary>JSON Lines: a record a line. A line that is not JSON, or is longer than a million characters, is kept as text and does not keep the others from being read.</summary>
internal sealed class JsonLinesParser : IFormatParser
{
    private const int MaxLine = 1024 * 1024;

    public string Name => "jsonl";

    public int Version => 1;

    public async IAsyncEnumerable<Section> ParseAsync(ParseInput input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = await TextDecoding.OpenAsync(input.Stream, input.Charset, CharsetDeclaration.None, cancellationToken).ConfigureAwait(false);
        using var lines = new TextLines(reader, MaxLine);
        var builder = new SectionBuilder();
        while (await lines.NextAsync(cancellationToken).ConfigureAwait(false))
        {
            if (lines.IsBlank)
            {
                continue;
            }

            var place = new Place(0, 0) { Line = lines.Number, Row = lines.Number };
            var record = lines.Begins && lines.Ends ? Read(lines.Line.Span, input.Options.MaxNesting) : null;
            var sections = record is not null
                ? JsonRecordSections.Of(builder, record, place, level: 1)
                : AsText(builder, lines, place);
            foreach (var section in sections)
            {
                yield return section;
            }
        }
    }

    private static IEnumerable<Section> AsText(SectionBuilder builder, TextLines lines, Place place) =>
        builder.Add(SectionKind.Paragraph, lines.Line.ToString(), place, continues: !lines.Begins);

    private static JsonPairs? Read(ReadOnlySpan<char> line, int maxNesting)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(line.Length));
        try
        {
            var count = Encoding.UTF8.GetBytes(line, bytes);
            var reader = new Utf8JsonReader(
                bytes.AsSpan(0, count),
                new JsonReaderOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = maxNesting });
            var pairs = new JsonPairs();
            while (reader.Read())
            {
                pairs.Add(ref reader);
            }

            return pairs;
        }
        catch (JsonException)
        {
            return null; // The line is kept as it is.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
