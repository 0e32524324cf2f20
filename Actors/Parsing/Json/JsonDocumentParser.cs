using System.Runtime.CompilerServices;
using Sluice.Actors.Parsing.Text;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Json;

/// <summary>
/// JSON of any size, read token by token: a section or a few per element of a top-level array, or of an array right below the top, and per member of a top-level
/// object. Comments and trailing commas are accepted.
/// </summary>
internal sealed class JsonDocumentParser : IFormatParser
{
    public string Name => "json";

    public int Version => 1;

    public async IAsyncEnumerable<Section> ParseAsync(ParseInput input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = await TextDecoding.OpenAsync(input.Stream, input.Charset, CharsetDeclaration.None, cancellationToken).ConfigureAwait(false);
        using var tokens = new JsonTokens(reader, new JsonWalker(new SectionBuilder(), input.Options.MaxNesting));
        while (await tokens.NextAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (var section in tokens.Sections)
            {
                yield return section;
            }

            tokens.Sections.Clear();
        }
    }
}
