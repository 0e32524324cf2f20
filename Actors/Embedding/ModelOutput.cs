namespace Sluice.Actors.Embedding;

/// <summary>What a model's output is taken for.</summary>
public enum ModelOutput
{
    /// <summary>What its files say.</summary>
    Auto,

    /// <summary>One vector a text.</summary>
    Dense,

    /// <summary>One vector a token (late interaction).</summary>
    MultiVector,

    /// <summary>Weights of terms (SPLADE).</summary>
    Sparse,
}
