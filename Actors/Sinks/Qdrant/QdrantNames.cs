namespace Sluice.Actors.Sinks.Qdrant;

/// <summary>What things are called in a collection. Stored: never changed.</summary>
internal static class QdrantNames
{
    public const string Dense = "dense";
    public const string MultiVector = "multi";
    public const string Sparse = "sparse";

    /// <summary>The sparse vector of words.</summary>
    public const string Terms = "terms";

    public const string Document = "doc";
    public const string Uri = "uri";
    public const string Text = "text";
    public const string Title = "title";
    public const string Headings = "headings";
    public const string Metadata = "metadata";

    /// <summary>Length of the embedding before the server made it 1; absent where it was 1.</summary>
    public const string Norm = "norm";

    /// <summary>The same of each row.</summary>
    public const string Norms = "norms";

    /// <summary>Key of the collection's metadata that says what it holds.</summary>
    public const string Description = "sluice";

    /// <summary>Key of the collection's metadata that says what a bulk load changed.</summary>
    public const string BulkLoad = "sluice_bulk_load";
}
