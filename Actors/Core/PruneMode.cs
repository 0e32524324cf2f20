namespace Sluice.Actors.Core;

/// <summary>What becomes, at the end of a complete walk, of documents that their source has no longer.</summary>
public enum PruneMode
{
    /// <summary>They are removed; more of them than a share of what the source had only after consent.</summary>
    Ask,

    /// <summary>They are removed, however many they are.</summary>
    Always,

    /// <summary>They are kept.</summary>
    Never,
}
