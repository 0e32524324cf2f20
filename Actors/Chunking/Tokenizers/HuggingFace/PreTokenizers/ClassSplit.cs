using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.PreTokenizers;

/// <summary>Cuts at characters of a class, each of them a match.</summary>
/// <param name="classes">The class.</param>
/// <param name="behavior">What becomes of them.</param>
internal sealed class ClassSplit(CharacterClass classes, SplitBehavior behavior) : IPreTokenizer
{
    /// <inheritdoc/>
    public void Apply(TextWorkspace workspace)
    {
        var result = workspace.NextPieces;
        var matches = workspace.Matches;
        var text = workspace.Text;
        result.Clear();
        foreach (var (start, end, id) in workspace.Pieces.Items)
        {
            if (id != PieceList.None)
            {
                result.Add(start, end, id);
                continue;
            }

            matches.Clear();
            var last = start;
            for (var i = start; i < end;)
            {
                if (CharacterClasses.Is(text.CodePointAt(i, out var length), classes))
                {
                    if (i > last)
                    {
                        matches.Add(last - start, i - start, TextPattern.Between);
                    }

                    last = i + length;
                    matches.Add(i - start, last - start, TextPattern.Match);
                }

                i += length;
            }

            if (end > last)
            {
                matches.Add(last - start, end - start, TextPattern.Between);
            }

            MatchSplitter.Add(matches.Items, behavior, isInverted: false, start, result);
        }

        workspace.SwapPieces();
    }
}
