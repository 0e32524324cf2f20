namespace Sluice.Actors.Parsing.Office;

/// <summary>A relation from one part to another.</summary>
/// <param name="Type">What kind, as a URI.</param>
/// <param name="Target">The other part's name.</param>
internal sealed record OpcRelation(string Type, string Target)
{
    /// <summary>Whether it is of a kind, by the last segment of its URI.</summary>
    public bool Is(string kind) => Type.AsSpan(Type.LastIndexOf('/') + 1).SequenceEqual(kind);
}
