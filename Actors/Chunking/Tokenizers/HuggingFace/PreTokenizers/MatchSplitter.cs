using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.PreTokenizers;

/// <summary>Makes pieces of matches and what is between them.</summary>
internal static class MatchSplitter
{
    /// <summary>Adds the pieces.</summary>
    /// <param name="matches">Matches and what is between them; together they are the text.</param>
    /// <param name="behavior">What becomes of the matches.</param>
    /// <param name="isInverted">Whether matches and what is between them change places.</param>
    /// <param name="offset">Where the text begins.</param>
    /// <param name="pieces">Where the pieces are added.</param>
    public static void Add(ReadOnlySpan<PieceList.Piece> matches, SplitBehavior behavior, bool isInverted, int offset, PieceList pieces)
    {
        var before = pieces.Count;
        var wasMatch = false;
        for (var i = 0; i < matches.Length; i++)
        {
            var (start, end, id) = matches[i];
            var isMatch = (id == TextPattern.Match) != isInverted;
            var isJoined = behavior switch
            {
                SplitBehavior.Contiguous => i > 0 && isMatch == wasMatch,
                SplitBehavior.MergedWithPrevious => isMatch && !wasMatch && i > 0,
                _ => false,
            };
            wasMatch = isMatch;
            if (behavior == SplitBehavior.MergedWithNext && isMatch)
            {
                // The next one takes it unless that is a match itself.
                var next = i + 1 < matches.Length && (matches[i + 1].Id == TextPattern.Match) == isInverted;
                if (next)
                {
                    pieces.Add(offset + start, offset + matches[++i].End);
                    wasMatch = false;
                    continue;
                }
            }

            if (behavior == SplitBehavior.Removed && isMatch)
            {
                continue;
            }

            if (isJoined && pieces.Count > before)
            {
                pieces.Extend(offset + end);
            }
            else
            {
                pieces.Add(offset + start, offset + end);
            }
        }
    }
}
