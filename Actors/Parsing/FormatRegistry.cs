using System.Collections.Frozen;
using Sluice.Actors.Parsing.Code;
using Sluice.Actors.Parsing.Detection;
using Sluice.Actors.Parsing.Epub;
using Sluice.Actors.Parsing.Html;
using Sluice.Actors.Parsing.Json;
using Sluice.Actors.Parsing.Mail;
using Sluice.Actors.Parsing.Markdown;
using Sluice.Actors.Parsing.Ocr;
using Sluice.Actors.Parsing.Office;
using Sluice.Actors.Parsing.Pdf;
using Sluice.Actors.Parsing.Tables;
using Sluice.Actors.Parsing.Text;
using Sluice.Actors.Parsing.Visual;
using Sluice.Actors.Parsing.Xml;
using Sluice.Streams.Failures;

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

    private FormatRegistry(FormatRegistry other) => (_parsers, Fingerprint) = (other._parsers, other.Fingerprint);

    /// <summary>All formats that Sluice reads, text in pictures left out.</summary>
    public static FormatRegistry Default { get; } = new(Formats(null));

    /// <summary>Names and versions of all parsers.</summary>
    public string Fingerprint { get; private init; }

    /// <summary>All formats that Sluice reads, with text in pictures.</summary>
    /// <param name="recognition">Recognises it.</param>
    public static FormatRegistry With(PageRecognition recognition)
    {
        var formats = Formats(recognition);
        var registry = new FormatRegistry(recognition.IsAlways ? [.. formats, (new ImageTextParser(recognition), MediaTypes.Images)] : formats);
        return new(registry) { Fingerprint = $"{registry.Fingerprint} {recognition.Fingerprint}" };
    }

    /// <summary>What the documents are made into; null for text.</summary>
    private ImageRecipe? Images { get; init; }

    /// <summary>The formats that are read as images.</summary>
    /// <param name="recipe">How the model wants its images.</param>
    /// <param name="timeProvider">The clock of the time limit.</param>
    public static FormatRegistry ForImages(ImageRecipe recipe, TimeProvider timeProvider)
    {
        var formats = new FormatRegistry((new PictureParser(recipe), MediaTypes.Images), (new PageParser(recipe, timeProvider), [MediaTypes.Pdf]));
        return new FormatRegistry(formats) { Fingerprint = $"{formats.Fingerprint} {recipe.Fingerprint}", Images = recipe };
    }

    /// <summary>Why a document is not read whose type has no parser.</summary>
    public Rejection Refuse(Detected type) =>
        type.Rejection
        ?? (Images is null ? Detected.Unsupported(type.MediaType, "convert it to one that is").Rejection!
        : Rejection.Skip(Reasons.UnsupportedType, $"{type.MediaType} has no pages to look at, and this model embeds images: pictures and PDFs. Ingest texts with a text model, into a collection of their own"));

    /// <summary>The parser of <paramref name="mediaType"/>, or null.</summary>
    public IFormatParser? Find(string mediaType) => _parsers.GetValueOrDefault(mediaType);

    private static (IFormatParser Parser, string[] MediaTypes)[] Formats(PageRecognition? recognition) =>
    [
        (new PlainTextParser(), [MediaTypes.PlainText]),
        (new MarkdownParser(), [MediaTypes.Markdown]),
        (new HtmlPageParser(), [MediaTypes.Html]),
        (new SourceCodeParser(), [MediaTypes.SourceCode]),
        (new DelimitedTableParser(), [MediaTypes.Csv, MediaTypes.Tsv]),
        (new JsonDocumentParser(), [MediaTypes.Json]),
        (new JsonLinesParser(), [MediaTypes.JsonLines]),
        (new XmlDocumentParser(), [MediaTypes.Xml]),
        (new PdfParser(recognition), [MediaTypes.Pdf]),
        (new DocxParser(), [MediaTypes.Word]),
        (new PptxParser(), [MediaTypes.Slides]),
        (new XlsxParser(), [MediaTypes.Spreadsheet]),
        (new EpubParser(new HtmlPageParser()), [MediaTypes.Epub]),
        (new EmlParser(new HtmlPageParser()), [MediaTypes.Mail]),
    ];
}
