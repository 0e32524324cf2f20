using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.PreTokenizers;

/// <summary>Cuts where a pattern matches.</summary>
/// <param name="pattern">The pattern.</param>
/// <param name="behavior">What becomes of the matches.</param>
/// <param name="isInverted">Whether what does not match is taken for the matches.</param>
internal sealed class PatternSplit(TextPattern pattern, SplitBehavior behavior, bool isInverted) : IPreTokenizer
{
    /// <inheritdoc/>
    public void Apply(TextWorkspace workspace)
    {
        var result = workspace.NextPieces;
        result.Clear();
        foreach (var (start, end, id) in workspace.Pieces.Items)
        {
            if (id != PieceList.None)
            {
                result.Add(start, end, id);
                continue;
            }

            pattern.Find(workspace.Text.Chars[start..end], workspace.Matches);
            MatchSplitter.Add(workspace.Matches.Items, behavior, isInverted, start, result);
        }

        workspace.SwapPieces();
    }
}
