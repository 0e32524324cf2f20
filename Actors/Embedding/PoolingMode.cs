namespace Sluice.Actors.Embedding;

/// <summary>How the vectors of a text's tokens become one. Padding never counts.</summary>
public enum PoolingMode
{
    /// <summary>The network does it: its output is one vector a text. Or there is nothing to pool: one vector a token is wanted.</summary>
    None,

    /// <summary>Mean over the tokens.</summary>
    Mean,

    /// <summary>The first token's vector.</summary>
    Cls,

    /// <summary>The last token's vector.</summary>
    LastToken,

    /// <summary>The largest value of each component.</summary>
    Max,

    /// <summary>Mean over the tokens, the n-th counting n times (SGPT: Muennighoff, 2022).</summary>
    WeightedMean,

    /// <summary>Sum over the tokens, divided by the square root of their number.</summary>
    MeanSqrtLength,
}
