namespace Sluice.TestKit.Simulators.Elastic;

/// <summary>Which server is simulated.</summary>
/// <param name="IsOpenSearch">Whether it is OpenSearch.</param>
/// <param name="Version">Its version.</param>
/// <param name="IsServerless">Whether it is Elastic's serverless edition.</param>
public sealed record ElasticEdition(bool IsOpenSearch, Version Version, bool IsServerless = false)
{
    /// <summary>Elasticsearch 9.3, which takes vectors as base64.</summary>
    public static ElasticEdition Elasticsearch { get; } = new(false, new Version(9, 3, 1));

    /// <summary>Elasticsearch 8.18: vectors are arrays of numbers, and shown with documents.</summary>
    public static ElasticEdition OlderElasticsearch { get; } = new(false, new Version(8, 18, 0));

    /// <summary>OpenSearch 3.3.</summary>
    public static ElasticEdition OpenSearch { get; } = new(true, new Version(3, 3, 0));

    internal bool IsAtLeast(int major, int minor) => IsServerless || Version >= new Version(major, minor);
}
