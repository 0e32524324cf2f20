namespace Sluice.Actors.Sinks.Weaviate;

/// <summary>Names of the properties of a chunk's object.</summary>
internal static class ObjectProperties
{
    /// <summary>The vector's name; the one that Weaviate gives to a vector without one.</summary>
    public const string Vector = "default";

    /// <summary>Property by which a filter names an object's own id.</summary>
    public const string Id = "_id";

    public const string Document = "document";
    public const string Uri = "uri";

    /// <summary>Host and unescaped path of the URI: what globs are matched against.</summary>
    public const string Location = "location";

    public const string Text = "text";
    public const string Title = "title";
    public const string Headings = "headings";
    public const string Start = "start";
    public const string End = "end";
    public const string Line = "line";
    public const string Page = "page";
    public const string Row = "row";
    public const string Part = "part";
    public const string Anchor = "anchor";

    /// <summary>Metadata as a JSON object.</summary>
    public const string Metadata = "metadata";

    /// <summary>Metadata for filters: see <see cref="MetadataTags"/>.</summary>
    public const string Tags = "tags";

    /// <summary>Folded words of the text, for full text; see <see cref="TitleWords"/>.</summary>
    public const string Words = "words";

    public const string TitleWords = "titleWords";
    public const string HeadingWords = "headingWords";

    /// <summary>What a hit is read from.</summary>
    public static readonly string[] OfHits = [Document, Uri, Text, Title, Headings, Start, End, Line, Page, Row, Part, Anchor, Metadata];

    /// <summary>Where full text looks. Words of titles count three times as much as those of the text, of headings twice.</summary>
    public static readonly string[] Searched = [Words, TitleWords + "^3", HeadingWords + "^2"];
}
