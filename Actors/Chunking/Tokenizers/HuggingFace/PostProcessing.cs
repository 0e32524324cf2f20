namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace;

/// <summary>What happens to the tokens of a text at last.</summary>
internal sealed record PostProcessing
{
    /// <summary>Ids put before a text.</summary>
    public int[] Before { get; init; } = [];

    /// <summary>Ids put after a text.</summary>
    public int[] After { get; init; } = [];

    /// <summary>Whether the ranges of tokens lose the spaces at their ends.</summary>
    public bool TrimsOffsets { get; init; }
}
