namespace Sluice.Actors.Embedding.Folders;

/// <summary>A linear layer behind the network, in a folder of its own.</summary>
/// <param name="Folder">Its folder, absolute.</param>
/// <param name="Inputs">Components it takes.</param>
/// <param name="Outputs">Components it gives.</param>
/// <param name="HasBias">Whether something is added.</param>
/// <param name="Activation">What is done to each component afterwards.</param>
internal sealed record DenseModule(string Folder, int Inputs, int Outputs, bool HasBias, DenseActivation Activation);

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
