namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Models;

/// <summary>Memory of a model that one encoding uses at a time.</summary>
internal class ModelState
{
    private const int LargePiece = 1 << 16;

    /// <summary>The tokens of the piece at hand.</summary>
    public TokenCuts Cuts { get; } = new();

    /// <summary>Words seen before.</summary>
    public WordCache Cache { get; } = new();

    /// <summary>Characters of the longest piece so far.</summary>
    public int LongestPiece { get; set; }

    /// <summary>Whether it grew so much that it is better not kept.</summary>
    public bool IsLarge => LongestPiece > LargePiece;
}
