using System.Runtime.CompilerServices;
using Sluice.Actors.Parsing.Text;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Tables;

/// <summary>CSV and TSV, row by row; see <see cref="DelimitedRecords"/> for broken quotes and <see cref="RowText"/> for how a row reads.</summary>
internal sealed class DelimitedTableParser : IFormatParser
{
    private const int SampleLength = 32 * 1024;
    private const int MaxLine = 256 * 1024;

    public string Name => "table";

    public int Version => 1;

    public async IAsyncEnumerable<Section> ParseAsync(ParseInput input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = await TextDecoding.OpenAsync(input.Stream, input.Charset, CharsetDeclaration.None, cancellationToken).ConfigureAwait(false);
        using var text = new RereadableText(reader);
        var sample = await text.PeekAsync(SampleLength, cancellationToken).ConfigureAwait(false);
        var delimiter = TableDialect.Detect(sample.Span, input.MediaType == MediaTypes.Tsv ? '\t' : ',').Delimiter;
        using var lines = new TextLines(text, MaxLine);
        var records = new DelimitedRecords(lines, delimiter);
        var builder = new SectionBuilder();
        RowText? rows = null;
        var row = 0L;
        while (await records.NextAsync(cancellationToken).ConfigureAwait(false))
        {
            if (rows is null && records.Text is null && !IsPreamble(records))
            {
                var names = Enumerable.Range(0, records.Fields.Count).Select(index => records.Fields[index].Trim().ToString()).ToArray();
                var headed = TableDialect.IsHeader(names);
                rows = new RowText(headed ? names : null);
                if (headed)
                {
                    continue;
                }
            }

            string line;
            if (records.Text is { } unread)
            {
                line = unread;
            }
            else
            {
                rows ??= new RowText(null);
                for (var column = 0; column < records.Fields.Count; column++)
                {
                    rows.Add(column, records.Fields[column]);
                }

                line = rows.Take();
            }

            row += records.Continues ? 0 : 1;
            var place = new Place(0, 0) { Row = row, Line = records.Line };
            foreach (var section in builder.Add(SectionKind.TableRow, line, place, records.Text is null ? rows?.Header : null, continues: records.Continues))
            {
                yield return section with { Place = section.Place with { Line = records.Line } };
            }
        }

        if (row == 0 && rows?.Header is { } header)
        {
            foreach (var section in builder.Add(SectionKind.TableRow, header, new Place(0, 0) { Line = 1 }))
            {
                yield return section;
            }
        }
    }

    /// <summary>Excel's <c>sep=;</c> line.</summary>
    private static bool IsPreamble(DelimitedRecords records) => records.Fields[0].StartsWith("sep=", StringComparison.OrdinalIgnoreCase);
}
