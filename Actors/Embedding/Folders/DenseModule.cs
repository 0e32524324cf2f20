namespace Sluice.Actors.Embedding.Folders;

/// <summary>A linear layer behind the network, in a folder of its own.</summary>
/// <param name="Folder">Its folder, absolute.</param>
/// <param name="Inputs">Components it takes.</param>
/// <param name="Outputs">Components it gives.</param>
/// <param name="HasBias">Whether something is added.</param>
/// <param name="Activation">What is done to each component afterwards.</param>
internal sealed record DenseModule(string Folder, int Inputs, int Outputs, bool HasBias, DenseActivation Activation)
{
    /// <summary>Whether it takes each token, before they are pooled; otherwise what pooling gave.</summary>
    public bool IsOfTokens { get; init; }

    /// <summary>What its <c>config.json</c> asks for that is not computed, as it is written there; null for nothing.</summary>
    public string? Unsupported { get; init; }

    /// <summary>Whether it gives the same behind pooling as before it: pooling that picks one token always, one that averages when the layer is linear.</summary>
    /// <param name="pooling">How tokens are pooled.</param>
    public bool CommutesWith(PoolingMode pooling) => pooling is PoolingMode.Cls or PoolingMode.LastToken
        || (Activation == DenseActivation.Identity && pooling is (PoolingMode.Mean or PoolingMode.WeightedMean));
}

/// <summary>What a linear layer does to each component of its result.</summary>
internal enum DenseActivation
{
    /// <summary>Nothing.</summary>
    Identity,

    /// <summary>Hyperbolic tangent.</summary>
    Tanh,

    /// <summary>Negative ones become 0.</summary>
    Relu,

    /// <summary>x times the normal distribution's share below x.</summary>
    Gelu,
}
