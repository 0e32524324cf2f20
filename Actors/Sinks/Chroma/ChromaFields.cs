namespace Sluice.Actors.Sinks.Chroma;

/// <summary>Keys of a record's metadata. Chroma's metadata is flat: strings, numbers and booleans.</summary>
internal static class ChromaFields
{
    /// <summary>Its document's id.</summary>
    public const string Document = "document";

    public const string Uri = "uri";
    public const string Title = "title";

    /// <summary>The headings as a JSON array in a string: a list of strings is not known to every version.</summary>
    public const string Headings = "headings";

    public const string Start = "start";
    public const string End = "end";
    public const string Line = "line";
    public const string Page = "page";
    public const string Row = "row";
    public const string Part = "part";
    public const string Anchor = "anchor";

    /// <summary>Whether the chunk has metadata, if none of it.</summary>
    public const string HasMetadata = "has_meta";

    /// <summary>What the keys of the chunk's own metadata begin with.</summary>
    public const string MetadataPrefix = "meta.";
}
