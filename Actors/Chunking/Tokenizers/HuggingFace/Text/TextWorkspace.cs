using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Models;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

/// <summary>The memory of one encoding, used again for the next. Not safe for concurrent use.</summary>
internal sealed class TextWorkspace(ModelState model)
{
    private const int LargeText = 1 << 18;

    /// <summary>The text as it was given.</summary>
    public AlignedText Original { get; } = new();

    /// <summary>A stretch before a normalizer.</summary>
    public AlignedText Stretch { get; private set; } = new();

    /// <summary>A stretch after a normalizer.</summary>
    public AlignedText NextStretch { get; private set; } = new();

    /// <summary>The text the pieces lie in.</summary>
    public AlignedText Text { get; private set; } = new();

    /// <summary>Where a step that changes the text writes it.</summary>
    public AlignedText NextText { get; private set; } = new();

    /// <summary>The pieces.</summary>
    public PieceList Pieces { get; private set; } = new();

    /// <summary>Where a step writes its pieces.</summary>
    public PieceList NextPieces { get; private set; } = new();

    /// <summary>Matches of a pattern, in turn with what lies between them.</summary>
    public PieceList Matches { get; } = new();

    /// <summary>Memory of the model.</summary>
    public ModelState Model { get; } = model;

    /// <summary>Whether a long text made it grow so much that it is better not kept.</summary>
    public bool IsLarge => Original.Capacity > LargeText || Text.Capacity > LargeText || NextText.Capacity > LargeText || Model.IsLarge;

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Original.Clear();
        Text.Clear();
        Pieces.Clear();
    }

    /// <summary>Makes the normalized stretch the present one.</summary>
    public void SwapStretches() => (Stretch, NextStretch) = (NextStretch, Stretch);

    /// <summary>Makes the next text the present one.</summary>
    public void SwapTexts() => (Text, NextText) = (NextText, Text);

    /// <summary>Makes the next pieces the present ones.</summary>
    public void SwapPieces() => (Pieces, NextPieces) = (NextPieces, Pieces);
}
