using System.ComponentModel.DataAnnotations;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Configuration;

/// <summary>Defaults of <c>sluice search</c>. Configured below <c>sluice.search</c>.</summary>
public sealed class SearchOptions
{
    /// <summary>Most hits that <see cref="Limit"/> may ask for.</summary>
    public const int MaxLimit = 1_000;

    /// <summary>How to search: <c>vector</c>, <c>full-text</c> or <c>hybrid</c>. Default <c>hybrid</c>.</summary>
    public SearchMode Mode { get; set; } = SearchMode.Hybrid;

    /// <summary>Hits shown. Default 5; 1 to 1,000.</summary>
    [Range(1, MaxLimit)]
    public int Limit { get; set; } = 5;

    /// <summary>Lines of text shown of each hit on a terminal. Default 3; 0 (none) to 100.</summary>
    [Range(0, 100)]
    public int SnippetLines { get; set; } = 3;
}
