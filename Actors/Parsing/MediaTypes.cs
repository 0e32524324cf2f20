namespace Sluice.Actors.Parsing;

/// <summary>The media types that detection tells apart.</summary>
internal static class MediaTypes
{
    /// <summary>The pictures that are decoded. They are read only where a parser is registered for them.</summary>
    public static readonly string[] Images = [Png, Jpeg, WebP, Gif, Bmp];

    public const string PlainText = "text/plain";
    public const string Markdown = "text/markdown";
    public const string Html = "text/html";
    public const string SourceCode = "text/x-source";
    public const string Csv = "text/csv";
    public const string Tsv = "text/tab-separated-values";
    public const string Json = "application/json";
    public const string JsonLines = "application/x-ndjson";
    public const string Xml = "application/xml";
    public const string Mail = "message/rfc822";
    public const string Pdf = "application/pdf";
    public const string Epub = "application/epub+zip";
    public const string Word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    public const string Slides = "application/vnd.openxmlformats-officedocument.presentationml.presentation";
    public const string Png = "image/png";
    public const string Jpeg = "image/jpeg";
    public const string WebP = "image/webp";
    public const string Gif = "image/gif";
    public const string Bmp = "image/bmp";
    public const string Spreadsheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
}
