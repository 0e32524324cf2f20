namespace Sluice.Cluster.Exchanges;

/// <summary>What an exchange hands over.</summary>
internal enum Stage
{
    /// <summary>Chunk groups, from nodes that parse to nodes that embed.</summary>
    Chunks = 1,

    /// <summary>Vector groups, from nodes that embed to nodes that index.</summary>
    Vectors = 2,
}
