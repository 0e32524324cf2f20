using Sluice.Streams.Chunks;

namespace Sluice.TestKit.Tokenizers;

/// <summary>
/// A small deterministic tokenizer with the habits that make chunking hard: words are cut each six characters from their beginning, a word of one or two letters
/// joins the word before it when a single space lies between, a blank line is a token of its own, and runs of one punctuation mark are one token. So the tokens
/// of a whole are neither the sum of its parts' nor always fewer.
/// </summary>
public sealed class PieceTokenizer : ITokenizer
{
    public const int Open = 1;
    public const int Close = 2;
    private const int Longest = 6;

    public string Fingerprint => "piece-tokenizer/1";

    public int SpecialTokenCount => 2;

    public void Encode(ReadOnlySpan<char> text, TokenBuffer tokens, bool addSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        tokens.Clear();
        if (addSpecialTokens)
        {
            tokens.Add(Open, 0, 0);
        }

        for (var at = 0; at < text.Length;)
        {
            var end = at;
            if (char.IsWhiteSpace(text[at]))
            {
                while (end < text.Length && char.IsWhiteSpace(text[end]))
                {
                    end++;
                }

                if (text[at..end].Count('\n') >= 2)
                {
                    tokens.Add(3, at, end);
                }
            }
            else if (char.IsLetterOrDigit(text[at]))
            {
                while (end < text.Length && end - at < Longest && char.IsLetterOrDigit(text[end]))
                {
                    end++;
                }

                end = WithShortWord(text, end);
                tokens.Add(Hash(text[at..end]), at, end);
            }
            else
            {
                end++;
                while (end < text.Length && (text[end] == text[at] || char.IsLowSurrogate(text[end])))
                {
                    end++;
                }

                tokens.Add(Hash(text[at..end]), at, end);
            }

            at = end;
        }

        if (addSpecialTokens)
        {
            tokens.Add(Close, text.Length, text.Length);
        }
    }

    private static int WithShortWord(ReadOnlySpan<char> text, int end)
    {
        if (end + 1 >= text.Length || text[end] != ' ' || !char.IsLetter(text[end + 1]))
        {
            return end;
        }

        var word = end + 1;
        while (word < text.Length && char.IsLetterOrDigit(text[word]))
        {
            word++;
        }

        return word - end <= 3 ? word : end;
    }

    private static int Hash(ReadOnlySpan<char> text)
    {
        var hash = 17;
        foreach (var character in text)
        {
            hash = (hash * 31 + character) & 0xFFFF;
        }

        return hash + 8;
    }
}
