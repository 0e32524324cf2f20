using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.PreTokenizers;

/// <summary>Puts a space before each piece if it is asked to, cuts into words as GPT-2 does if it is asked to, and writes bytes as the characters that stand for them.</summary>
/// <param name="addsPrefixSpace">Whether a space is put before a piece that does not begin with one.</param>
/// <param name="cuts">Whether to cut.</param>
internal sealed class ByteLevelPreTokenizer(bool addsPrefixSpace, bool cuts) : IPreTokenizer
{
    /// <inheritdoc/>
    public void Apply(TextWorkspace workspace)
    {
        if (addsPrefixSpace)
        {
            Prefix(workspace);
        }

        var text = workspace.Text;
        var target = workspace.NextText;
        var result = workspace.NextPieces;
        target.Clear();
        result.Clear();
        foreach (var (start, end, id) in workspace.Pieces.Items)
        {
            if (id != PieceList.None)
            {
                var before = target.Count;
                target.Add(text, start, end);
                result.Add(before, target.Count, id);
                continue;
            }

            for (var i = start; i < end;)
            {
                var next = cuts ? Gpt2Words.End(text, i, end) : end;
                var before = target.Count;
                ByteAlphabet.Write(text, i, next, target);
                result.Add(before, target.Count);
                i = next;
            }
        }

        workspace.SwapTexts();
        workspace.SwapPieces();
    }

    private static void Prefix(TextWorkspace workspace)
    {
        var text = workspace.Text;
        var target = workspace.NextText;
        var result = workspace.NextPieces;
        target.Clear();
        result.Clear();
        foreach (var (start, end, id) in workspace.Pieces.Items)
        {
            var before = target.Count;
            if (id == PieceList.None && text.Chars[start] != ' ')
            {
                target.Add(' ', text.From[start], text.To[start]);
            }

            target.Add(text, start, end);
            result.Add(before, target.Count, id);
        }

        workspace.SwapTexts();
        workspace.SwapPieces();
    }
}
