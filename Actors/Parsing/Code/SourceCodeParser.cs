using System.Runtime.CompilerServices;
using Sluice.Actors.Parsing.Text;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Code;

/// <summary>Source code and configuration files: sections of at most 60 lines, cut where a blank line precedes the least indented line, with the enclosing names as heading path.</summary>
internal sealed class SourceCodeParser : IFormatParser
{
    private const int MaxPiece = 8 * 1024;

    public string Name => "code";

    public int Version => 1;

    public async IAsyncEnumerable<Section> ParseAsync(ParseInput input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = await TextDecoding.OpenAsync(input.Stream, input.Charset, CharsetDeclaration.None, cancellationToken).ConfigureAwait(false);
        using var lines = new TextLines(reader, MaxPiece);
        var cutter = new CodeCutter();
        IReadOnlyDictionary<string, string>? metadata = Languages.ByFileName(input.FileName) is { } known ? Language(known) : null;
        while (await lines.NextAsync(cancellationToken).ConfigureAwait(false))
        {
            if (metadata is null && lines.Number == 1)
            {
                metadata = Language(Languages.ByShebang(lines.Line.Span) ?? "unknown");
            }

            while (cutter.MustCutBefore(lines))
            {
                if (cutter.Cut() is { } section)
                {
                    yield return section with { Metadata = metadata };
                }
            }

            cutter.Add(lines);
        }

        while (!cutter.IsEmpty)
        {
            if (cutter.CutAll() is { } last)
            {
                yield return last with { Metadata = metadata };
            }
        }
    }

    private static Dictionary<string, string> Language(string name) => new(StringComparer.Ordinal) { ["language"] = name };
}
