namespace Sluice.Actors.Embedding;

/// <summary>How the vectors of a text's tokens become one.</summary>
public enum PoolingMode
{
    /// <summary>The network does it: its output is one vector a text.</summary>
    None,

    /// <summary>Mean over the tokens.</summary>
    Mean,

    /// <summary>The first token's vector.</summary>
    Cls,

    /// <summary>The last token's vector.</summary>
    LastToken,
}
