using System.Collections.Frozen;

namespace Sluice.Actors.Parsing.Detection;

/// <summary>What a file's name says of its type.</summary>
internal static class FileTypes
{
    private static readonly FrozenDictionary<string, string> _types = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        [".txt"] = MediaTypes.PlainText,
        [".text"] = MediaTypes.PlainText,
        [".log"] = MediaTypes.PlainText,
        [".rst"] = MediaTypes.PlainText,
        [".adoc"] = MediaTypes.PlainText,
        [".asciidoc"] = MediaTypes.PlainText,
        [".org"] = MediaTypes.PlainText,
        [".tex"] = MediaTypes.PlainText,
        [".srt"] = MediaTypes.PlainText,
        [".vtt"] = MediaTypes.PlainText,
        [".md"] = MediaTypes.Markdown,
        [".markdown"] = MediaTypes.Markdown,
        [".mdown"] = MediaTypes.Markdown,
        [".mkd"] = MediaTypes.Markdown,
        [".mdx"] = MediaTypes.Markdown,
        [".qmd"] = MediaTypes.Markdown,
        [".rmd"] = MediaTypes.Markdown,
        [".html"] = MediaTypes.Html,
        [".htm"] = MediaTypes.Html,
        [".xhtml"] = MediaTypes.Html,
        [".xht"] = MediaTypes.Html,
        [".shtml"] = MediaTypes.Html,
        [".csv"] = MediaTypes.Csv,
        [".tsv"] = MediaTypes.Tsv,
        [".tab"] = MediaTypes.Tsv,
        [".json"] = MediaTypes.Json,
        [".geojson"] = MediaTypes.Json,
        [".ipynb"] = MediaTypes.Json,
        [".webmanifest"] = MediaTypes.Json,
        [".jsonl"] = MediaTypes.JsonLines,
        [".ndjson"] = MediaTypes.JsonLines,
        [".jsonlines"] = MediaTypes.JsonLines,
        [".xml"] = MediaTypes.Xml,
        [".rss"] = MediaTypes.Xml,
        [".atom"] = MediaTypes.Xml,
        [".svg"] = MediaTypes.Xml,
        [".xsd"] = MediaTypes.Xml,
        [".xsl"] = MediaTypes.Xml,
        [".xslt"] = MediaTypes.Xml,
        [".rdf"] = MediaTypes.Xml,
        [".opml"] = MediaTypes.Xml,
        [".wsdl"] = MediaTypes.Xml,
        [".dbk"] = MediaTypes.Xml,
        [".eml"] = MediaTypes.Mail,
        [".pdf"] = MediaTypes.Pdf,
        [".docx"] = MediaTypes.Word,
        [".docm"] = MediaTypes.Word,
        [".pptx"] = MediaTypes.Slides,
        [".pptm"] = MediaTypes.Slides,
        [".xlsx"] = MediaTypes.Spreadsheet,
        [".xlsm"] = MediaTypes.Spreadsheet,
        [".epub"] = MediaTypes.Epub,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> _texts = new[]
    {
        MediaTypes.PlainText, MediaTypes.Markdown, MediaTypes.Html, MediaTypes.Csv, MediaTypes.Tsv, MediaTypes.Json, MediaTypes.JsonLines, MediaTypes.Xml,
        MediaTypes.Mail, MediaTypes.SourceCode,
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The type by extension, source code included, or null.</summary>
    public static string? ByName(string fileName) =>
        _types.TryGetValue(Path.GetExtension(fileName), out var type) ? type
        : Code.Languages.ByFileName(fileName) is not null ? MediaTypes.SourceCode
        : null;

    /// <summary>Whether <paramref name="mediaType"/> is read as text.</summary>
    public static bool IsText(string mediaType) => _texts.Contains(mediaType);

    /// <summary>Whether the name is that of a zip-based format that Sluice reads.</summary>
    public static bool IsPacked(string fileName) =>
        ByName(fileName) is MediaTypes.Word or MediaTypes.Slides or MediaTypes.Spreadsheet or MediaTypes.Epub;

    /// <summary>The text type that a source's media type hint stands for, or null.</summary>
    public static string? ByHint(string? mediaType)
    {
        var end = mediaType?.IndexOf(';', StringComparison.Ordinal) ?? -1;
        var bare = (end < 0 ? mediaType : mediaType![..end])?.Trim().ToLowerInvariant();
        return bare switch
        {
            null or "" => null,
            "application/xhtml+xml" => MediaTypes.Html,
            "text/xml" => MediaTypes.Xml,
            "application/jsonl" or "application/x-jsonlines" or "application/jsonlines" or "application/json-lines" => MediaTypes.JsonLines,
            "text/x-markdown" => MediaTypes.Markdown,
            _ when bare.EndsWith("+json", StringComparison.Ordinal) => MediaTypes.Json,
            _ when bare.EndsWith("+xml", StringComparison.Ordinal) => MediaTypes.Xml,
            _ => _texts.Contains(bare) ? bare : null,
        };
    }

    /// <summary>The charset parameter of a media type hint, or null.</summary>
    public static string? CharsetOf(string? mediaType)
    {
        var at = mediaType?.IndexOf("charset=", StringComparison.OrdinalIgnoreCase) ?? -1;
        if (at < 0)
        {
            return null;
        }

        var value = mediaType![(at + 8)..];
        var end = value.IndexOf(';', StringComparison.Ordinal);
        return (end < 0 ? value : value[..end]).Trim(' ', '"', '\'');
    }
}
