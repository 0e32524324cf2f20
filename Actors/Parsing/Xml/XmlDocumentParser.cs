using System.Runtime.CompilerServices;
using System.Xml;
using Sluice.Actors.Parsing.Text;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Xml;

/// <summary>XML of any vocabulary and size, feeds and drawings included. Internal entities are expanded within limits; nothing outside the file is ever fetched.</summary>
internal sealed class XmlDocumentParser : IFormatParser
{
    private const long MaxEntityCharacters = 4L << 20;
    private const int MaxMarkup = 8 << 20;
    private const int SectionsAtOnce = 32;

    public string Name => "xml";

    public int Version => 2;

    public async IAsyncEnumerable<Section> ParseAsync(ParseInput input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var decoded = await TextDecoding.OpenAsync(input.Stream, input.Charset, CharsetDeclaration.Xml, cancellationToken).ConfigureAwait(false);
        using var metered = new MeteredText(decoded, MaxMarkup);
        using var reader = XmlReader.Create(metered, Settings());
        var walker = new XmlWalker(new SectionBuilder(), reader as IXmlLineInfo, input.Options.MaxNesting);
        while (await ReadAsync(reader, walker, metered, cancellationToken).ConfigureAwait(false))
        {
            foreach (var section in walker.Sections)
            {
                yield return section;
            }

            walker.Sections.Clear();
        }
    }

    private static XmlReaderSettings Settings() => new()
    {
        Async = true,
        CheckCharacters = false,
        ConformanceLevel = ConformanceLevel.Document,
        DtdProcessing = DtdProcessing.Parse,
        XmlResolver = null,
        MaxCharactersFromEntities = MaxEntityCharacters,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
    };

    /// <summary>Reads on until there are sections; false when all is read and none are left.</summary>
    private static async ValueTask<bool> ReadAsync(XmlReader reader, XmlWalker walker, MeteredText metered, CancellationToken cancellationToken)
    {
        try
        {
            while (walker.Sections.Count < SectionsAtOnce)
            {
                cancellationToken.ThrowIfCancellationRequested();
                metered.Reset();
                if (!await reader.ReadAsync().ConfigureAwait(false))
                {
                    walker.Complete();
                    break;
                }

                await walker.AddAsync(reader, metered, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (XmlException exception)
        {
            throw Rejected(exception);
        }

        return walker.Sections.Count > 0;
    }

    private static DocumentRejectedException Rejected(XmlException exception)
    {
        var bomb = exception.Message.Contains(nameof(XmlReaderSettings.MaxCharactersFromEntities), StringComparison.Ordinal);
        return new(
            bomb
                ? Rejection.Dead(Reasons.Bomb, $"its entities expand to more than {MaxEntityCharacters:N0} characters")
                : Rejection.Dead(Reasons.Corrupt, $"not well-formed XML at line {exception.LineNumber}, column {exception.LinePosition}; what stands before it was read"),
            exception);
    }
}
