namespace Sluice.Actors.Sinks.Elastic;

/// <summary>Names of the fields of a chunk's document.</summary>
internal static class ElasticFields
{
    /// <summary>The chunk's id, as <c>_id</c>; what results are ordered by where scores are equal.</summary>
    public const string Chunk = "chunk";

    /// <summary>Its document's id.</summary>
    public const string Document = "document";

    public const string Uri = "uri";

    /// <summary>The URI unescaped, where that differs: for globs.</summary>
    public const string UriPlain = "uri_plain";

    /// <summary>The URI's unescaped path, and the same behind the host: for globs.</summary>
    public const string Path = "path";

    public const string Text = "text";
    public const string Title = "title";
    public const string Headings = "headings";
    public const string Place = "place";

    /// <summary>Metadata; keys are those of <see cref="MetadataKeys"/>.</summary>
    public const string Metadata = "metadata";

    /// <summary>Metadata whose values are too long to be searched for.</summary>
    public const string LongMetadata = "metadata_long";

    /// <summary>A dense embedding, or the mean of the vectors of a multi-vector one.</summary>
    public const string Embedding = "embedding";

    /// <summary>The vectors of a multi-vector embedding.</summary>
    public const string Tokens = "tokens";

    /// <summary>Lengths of the vectors of a multi-vector embedding, where they were stored at unit length and had another; not indexed.</summary>
    public const string TokenNorms = "token_norms";

    /// <summary>A sparse embedding: weights by term.</summary>
    public const string Sparse = "sparse";

    public const string Start = "start";
    public const string End = "end";
    public const string Line = "line";
    public const string Page = "page";
    public const string Row = "row";
    public const string Part = "part";
    public const string Anchor = "anchor";

    /// <summary>Longest metadata value that can be searched for, in UTF-16 units: with its key it fits into one term of the index, which is 32,766 bytes.</summary>
    public const int MaxSearchedValue = 8_000;

    /// <summary>Longest metadata key that can be searched for, in UTF-16 units.</summary>
    public const int MaxSearchedKey = 1_000;
}
