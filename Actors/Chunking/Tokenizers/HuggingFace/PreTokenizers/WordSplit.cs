using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.PreTokenizers;

/// <summary>
/// Cuts into words at white space, which goes. With <paramref name="isolatesPunctuation"/> (BertPreTokenizer) each punctuation character is a piece; without it
/// (Whitespace) each run of characters that are not part of words.
/// </summary>
/// <param name="isolatesPunctuation">See above.</param>
internal sealed class WordSplit(bool isolatesPunctuation) : IPreTokenizer
{
    private const int Gap = 0;
    private const int InWord = 1;
    private const int InSymbols = 2;

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
            }
            else
            {
                Split(workspace.Text, start, end, result);
            }
        }

        workspace.SwapPieces();
    }

    private void Split(AlignedText text, int start, int end, PieceList result)
    {
        var state = Gap;
        var begin = start;
        for (var i = start; i < end;)
        {
            var next = Kind(CharacterClasses.Of(text.CodePointAt(i, out var length)));
            if (next != state || (isolatesPunctuation && next == InSymbols))
            {
                if (state != Gap)
                {
                    result.Add(begin, i);
                }

                begin = i;
                state = next;
            }

            i += length;
        }

        if (state != Gap)
        {
            result.Add(begin, end);
        }
    }

    private int Kind(CharacterClass classes)
    {
        if (isolatesPunctuation)
        {
            return (classes & CharacterClass.Space) != CharacterClass.None ? Gap : (classes & CharacterClass.Punctuation) != CharacterClass.None ? InSymbols : InWord;
        }

        return (classes & CharacterClass.Word) != CharacterClass.None ? InWord : (classes & CharacterClass.Space) != CharacterClass.None ? Gap : InSymbols;
    }
}
