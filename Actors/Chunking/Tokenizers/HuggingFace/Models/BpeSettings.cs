namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Models;

/// <summary>How a byte-pair model treats what is not a plain merge.</summary>
internal sealed record BpeSettings
{
    /// <summary>Id of what has no token; -1: it is left out.</summary>
    public int UnknownId { get; init; } = -1;

    /// <summary>Whether neighbours without tokens are one unknown token.</summary>
    public bool FusesUnknown { get; init; }

    /// <summary>Whether what has no token becomes the tokens of its bytes.</summary>
    public bool FallsBack { get; init; }

    /// <summary>Whether a merge takes the token of a byte that something fell back to.</summary>
    public bool MergesBytes { get; init; }

    /// <summary>Whether a piece that is a token is taken whole.</summary>
    public bool IgnoresMerges { get; init; }

    /// <summary>What stands before tokens inside a word; empty for nothing.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>What stands after tokens at the end of a word; empty for nothing.</summary>
    public string Suffix { get; init; } = "";
}
