using System.Collections.Frozen;
using Sluice.Actors.Parsing.Code;
using Sluice.Actors.Parsing.Epub;
using Sluice.Actors.Parsing.Html;
using Sluice.Actors.Parsing.Json;
using Sluice.Actors.Parsing.Mail;
using Sluice.Actors.Parsing.Markdown;
using Sluice.Actors.Parsing.Office;
using Sluice.Actors.Parsing.Pdf;
using Sluice.Actors.Parsing.Tables;
using Sluice.Actors.Parsing.Text;
using Sluice.Actors.Parsing.Xml;

namespace Sluice.Actors.Parsing;

/// <summary>Which parser reads which media type. A new format is one line here. Immutable.</summary>
internal sealed class FormatRegistry
{
    private readonly FrozenDictionary<string, IFormatParser> _parsers;

    public FormatRegistry(params IEnumerable<(IFormatParser Parser, string[] MediaTypes)> formats)
    {
        var parsers = new Dictionary<string, IFormatParser>(StringComparer.Ordinal);
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (parser, types) in formats)
        {
            names.Add(FormattableString.Invariant($"{parser.Name}:{parser.Version}"));
            foreach (var type in types)
            {
                parsers.Add(type, parser);
            }
        }

        _parsers = parsers.ToFrozenDictionary(StringComparer.Ordinal);
        Fingerprint = string.Join(' ', names);
    }

    /// <summary>All formats that Sluice reads.</summary>
    public static FormatRegistry Default { get; } = new(
        (new PlainTextParser(), [MediaTypes.PlainText]),
        (new MarkdownParser(), [MediaTypes.Markdown]),
        (new HtmlPageParser(), [MediaTypes.Html]),
        (new SourceCodeParser(), [MediaTypes.SourceCode]),
        (new DelimitedTableParser(), [MediaTypes.Csv, MediaTypes.Tsv]),
        (new JsonDocumentParser(), [MediaTypes.Json]),
        (new JsonLinesParser(), [MediaTypes.JsonLines]),
        (new XmlDocumentParser(), [MediaTypes.Xml]),
        (new PdfParser(), [MediaTypes.Pdf]),
        (new DocxParser(), [MediaTypes.Word]),
        (new PptxParser(), [MediaTypes.Slides]),
        (new XlsxParser(), [MediaTypes.Spreadsheet]),
        (new EpubParser(new HtmlPageParser()), [MediaTypes.Epub]),
        (new EmlParser(new HtmlPageParser()), [MediaTypes.Mail]));

    /// <summary>Names and versions of all parsers.</summary>
    public string Fingerprint { get; }

    /// <summary>The parser of <paramref name="mediaType"/>, or null.</summary>
    public IFormatParser? Find(string mediaType) => _parsers.GetValueOrDefault(mediaType);
}
