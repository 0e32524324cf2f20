namespace Sluice.Streams.Chunks;

/// <summary>Turns text into a model's token ids. Safe for concurrent use.</summary>
public interface ITokenizer
{
    /// <summary>Name and hash of what decides its output.</summary>
    string Fingerprint { get; }

    /// <summary>Tokens that are added to every text (classification and separator marks, say).</summary>
    int SpecialTokenCount { get; }

    /// <summary>Encodes <paramref name="text"/> in full: never truncates.</summary>
    /// <param name="text">The text.</param>
    /// <param name="tokens">Cleared, then filled with ids and offsets.</param>
    /// <param name="addSpecialTokens">Whether the special tokens are added around the text's own; their offsets are empty ranges.</param>
    void Encode(ReadOnlySpan<char> text, TokenBuffer tokens, bool addSpecialTokens = true);
}
