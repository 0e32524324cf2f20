using System.Text.Json;

namespace Sluice.TestKit.Simulators.Elastic;

/// <summary>A document as it was indexed. Immutable but for the words, which are made when they are first asked for.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Sequence">Its place in the order of writing: a later version has a higher one.</param>
/// <param name="Source">The document.</param>
internal sealed record StoredDoc(string Id, long Sequence, JsonElement Source)
{
    /// <summary>Indexed terms of keyword-like fields: of a flattened field by path.</summary>
    public Dictionary<string, List<string>> Terms { get; } = new(StringComparer.Ordinal);

    /// <summary>Texts by field.</summary>
    public Dictionary<string, List<string>> Texts { get; } = new(StringComparer.Ordinal);

    /// <summary>Dense vectors by field.</summary>
    public Dictionary<string, float[]> Vectors { get; } = new(StringComparer.Ordinal);

    /// <summary>Multi-vectors by field.</summary>
    public Dictionary<string, float[][]> Rows { get; } = new(StringComparer.Ordinal);

    /// <summary>Sparse vectors by field.</summary>
    public Dictionary<string, Dictionary<string, float>> Weights { get; } = new(StringComparer.Ordinal);

    /// <summary>Words by field, with a gap between the values of an array.</summary>
    public Dictionary<string, List<string>> Words { get; } = new(StringComparer.Ordinal);
}
