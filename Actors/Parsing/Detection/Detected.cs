using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Detection;

/// <summary>What a document turned out to be: a media type that may have a parser, or the reason why it is not read.</summary>
/// <param name="MediaType">The type; empty when rejected whatever parsers there are.</param>
/// <param name="Rejection">Why it is not read, or null. With a type: why it is not unless a parser reads that type.</param>
internal readonly record struct Detected(string MediaType, Rejection? Rejection = null)
{
    /// <summary>A zip file: its directory decides.</summary>
    public const string Zip = "application/zip";

    /// <summary>A gzip file: its content decides.</summary>
    public const string Gzip = "application/gzip";

    /// <summary>An OLE2 compound file: its directory decides.</summary>
    public const string Compound = "application/x-ole-storage";

    /// <summary>Binary content that holds no text.</summary>
    public static Detected Binary(string what) =>
        new(string.Empty, Rejection.Skip(Reasons.Binary, $"binary content ({what}), nothing to index"));

    /// <summary>A picture: skipped as binary content unless a parser reads pictures.</summary>
    public static Detected Image(string what, string mediaType) =>
        new(mediaType, Rejection.Skip(Reasons.Binary, $"binary content ({what}), nothing to index unless text is recognised in images: --ocr always (sluice.parsing.ocr.mode)"));

    /// <summary>A type that holds text which Sluice does not read.</summary>
    public static Detected Unsupported(string what, string advice) =>
        new(string.Empty, Rejection.Skip(Reasons.UnsupportedType, $"{what} is not a type that Sluice reads; {advice}"));

    /// <summary>Content that breaks the rules of the type it claims.</summary>
    public static Detected Corrupt(string message) => new(string.Empty, Rejection.Dead(Reasons.Corrupt, message));
}
