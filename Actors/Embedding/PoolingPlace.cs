namespace Sluice.Actors.Embedding;

/// <summary>Where the vectors of a text's tokens become one.</summary>
public enum PoolingPlace
{
    /// <summary>Where it costs less: on an accelerator in the network, on a processor after it.</summary>
    Auto,

    /// <summary>In the network, to which nodes are added: one vector a text leaves the device. Where that cannot be done (the largest value, sums of terms, one vector a token), after it.</summary>
    Network,

    /// <summary>After the network, on the processor.</summary>
    Host,
}
