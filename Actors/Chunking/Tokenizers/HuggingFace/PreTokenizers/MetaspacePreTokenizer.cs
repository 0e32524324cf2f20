using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.PreTokenizers;

/// <summary>Writes spaces as a visible mark, puts it before pieces, and cuts before each mark.</summary>
/// <param name="mark">The mark.</param>
/// <param name="scheme">Which pieces get one before them; one that begins with it already does not.</param>
/// <param name="cuts">Whether to cut.</param>
internal sealed class MetaspacePreTokenizer(char mark, PrependScheme scheme, bool cuts) : IPreTokenizer
{
    /// <inheritdoc/>
    public void Apply(TextWorkspace workspace)
    {
        var text = workspace.Text;
        var target = workspace.NextText;
        var result = workspace.NextPieces;
        target.Clear();
        result.Clear();
        foreach (var (start, end, id) in workspace.Pieces.Items)
        {
            var before = target.Count;
            if (id != PieceList.None)
            {
                target.Add(text, start, end);
                result.Add(before, target.Count, id);
                continue;
            }

            var first = text.Chars[start];
            if (first != mark && first != ' ' && (scheme == PrependScheme.Always || (scheme == PrependScheme.First && text.From[start] == 0)))
            {
                target.Add(mark, text.From[start], text.To[start]);
            }

            for (var i = start; i < end; i++)
            {
                var character = text.Chars[i] == ' ' ? mark : text.Chars[i];
                if (cuts && character == mark && target.Count > before)
                {
                    result.Add(before, target.Count);
                    before = target.Count;
                }

                target.Add(character, text.From[i], text.To[i]);
            }

            result.Add(before, target.Count);
        }

        workspace.SwapTexts();
        workspace.SwapPieces();
    }
}
