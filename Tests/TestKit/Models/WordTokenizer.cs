using System.IO.Hashing;
using System.Runtime.InteropServices;
using Sluice.Streams.Chunks;

namespace Sluice.TestKit.Models;

/// <summary>One token a word; its id is a hash of the word, so equal words have equal ids. Goes with <see cref="HashingEmbedder"/>.</summary>
public sealed class WordTokenizer : ITokenizer
{
    /// <summary>Ids are below this.</summary>
    public const int VocabularySize = 1 << 20;

    /// <inheritdoc/>
    public string Fingerprint => "test-words-1";

    /// <inheritdoc/>
    public int SpecialTokenCount => 0;

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<char> text, TokenBuffer tokens, bool addSpecialTokens = true)
    {
        tokens.Clear();
        for (var start = 0; start < text.Length;)
        {
            if (char.IsWhiteSpace(text[start]))
            {
                start++;
                continue;
            }

            var end = start + 1;
            while (end < text.Length && !char.IsWhiteSpace(text[end]))
            {
                end++;
            }

            tokens.Add((int)(XxHash64.HashToUInt64(MemoryMarshal.AsBytes(text[start..end])) % VocabularySize), start, end);
            start = end;
        }
    }
}
