using System.Buffers;
using Sluice.Streams.Chunks;

namespace Sluice.Actors.Embedding;

/// <summary>
/// Gives a tokenizer small letters only, as sentence-transformers does for models with <c>do_lower_case</c>. Places stay those of the text: no letter changes its length.
/// Safe for concurrent use.
/// </summary>
/// <param name="inner">The model's tokenizer.</param>
internal sealed class LowercasingTokenizer(ITokenizer inner) : ITokenizer
{
    /// <summary>The model's tokenizer.</summary>
    public ITokenizer Inner => inner;

    /// <inheritdoc/>
    public string Fingerprint => $"{inner.Fingerprint}+lower";

    /// <inheritdoc/>
    public int SpecialTokenCount => inner.SpecialTokenCount;

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<char> text, TokenBuffer tokens, bool addSpecialTokens = true)
    {
        var lower = ArrayPool<char>.Shared.Rent(text.Length);
        text.ToLowerInvariant(lower);
        inner.Encode(lower.AsSpan(0, text.Length), tokens, addSpecialTokens);
        ArrayPool<char>.Shared.Return(lower);
    }
}
