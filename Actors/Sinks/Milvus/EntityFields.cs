namespace Sluice.Actors.Sinks.Milvus;

/// <summary>Names and limits of the fields of a chunk's entity.</summary>
internal static class EntityFields
{
    /// <summary>Most bytes of a VarChar in UTF-8.</summary>
    public const int MaxText = 65_535;

    /// <summary>Most elements of an array.</summary>
    public const int MaxElements = 4_096;

    /// <summary>Characters of a UUID.</summary>
    public const int IdLength = 36;

    public const string Id = "id";
    public const string Document = "document";
    public const string Uri = "uri";

    /// <summary>Host and unescaped path of the URI: what globs are matched against.</summary>
    public const string Location = "location";

    /// <summary>The text, or its beginning.</summary>
    public const string Text = "text";

    /// <summary>What goes on behind <see cref="Text"/>, in pieces; empty for all but the longest.</summary>
    public const string TextRest = "text_rest";

    /// <summary>Place, title, headings and metadata as a JSON object, or its beginning.</summary>
    public const string Details = "details";

    /// <summary>What goes on behind <see cref="Details"/>.</summary>
    public const string DetailsRest = "details_rest";

    /// <summary>Metadata for filters: see <see cref="MetadataTags"/>.</summary>
    public const string Tags = "tags";

    /// <summary>Folded words of title, headings and text, which full text searches.</summary>
    public const string Words = "words";

    /// <summary>What the server makes of <see cref="Words"/>.</summary>
    public const string WordsVector = "words_bm25";

    public const string Vector = "vector";

    /// <summary>What a hit is read from.</summary>
    public static readonly string[] OfHits = [Document, Uri, Text, TextRest, Details, DetailsRest];
}
