namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Models;

/// <summary>Which characters stand side by side in any token. Immutable, safe for concurrent use.</summary>
internal sealed class JoinedCharacters
{
    private readonly HashSet<int> _pairs = [];

    /// <summary>Builds it.</summary>
    /// <param name="tokens">The tokens.</param>
    public JoinedCharacters(IEnumerable<string> tokens)
    {
        foreach (var token in tokens)
        {
            for (var i = 1; i < token.Length; i++)
            {
                _pairs.Add(Key(token[i - 1], token[i]));
            }
        }
    }

    /// <summary>Whether a token has the one right before the other.</summary>
    public bool Contains(char first, char second) => _pairs.Contains(Key(first, second));

    private static int Key(char first, char second) => (first << 16) | second;
}
