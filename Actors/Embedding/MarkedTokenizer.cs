using Sluice.Streams.Chunks;

namespace Sluice.Actors.Embedding;

/// <summary>A tokenizer that puts one more mark behind the first of its own: how late-interaction models tell documents from queries. Safe for concurrent use.</summary>
/// <param name="inner">The model's tokenizer.</param>
/// <param name="marker">Id of the mark.</param>
internal sealed class MarkedTokenizer(ITokenizer inner, int marker) : ITokenizer
{
    /// <summary>The model's tokenizer.</summary>
    public ITokenizer Inner => inner;

    /// <inheritdoc/>
    public string Fingerprint => $"{inner.Fingerprint}+{marker}";

    /// <inheritdoc/>
    public int SpecialTokenCount => inner.SpecialTokenCount + 1;

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<char> text, TokenBuffer tokens, bool addSpecialTokens = true)
    {
        inner.Encode(text, tokens, addSpecialTokens);
        if (!addSpecialTokens)
        {
            return;
        }

        var at = Math.Min(1, tokens.Count);
        var place = at == 0 ? 0 : tokens.Ends[0];
        tokens.Resize(tokens.Count + 1);
        for (var i = tokens.Count - 1; i > at; i--)
        {
            tokens.Set(i, tokens.Ids[i - 1], tokens.Starts[i - 1], tokens.Ends[i - 1]);
        }

        tokens.Set(at, marker, place, place);
    }
}
