using Sluice.Streams.Chunks;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Models;

/// <summary>Cuts pieces of text into tokens, and remembers short ones. Safe for concurrent use; its state is not.</summary>
internal abstract class TokenModel
{
    /// <summary>Number of ids.</summary>
    public abstract int Count { get; }

    /// <summary>The id of a token; -1 when there is none.</summary>
    public abstract int Find(string token);

    /// <summary>New memory for encodings.</summary>
    public virtual ModelState CreateState() => new();

    /// <summary>Encodes one piece.</summary>
    /// <param name="text">The piece; not empty, without lone surrogates.</param>
    /// <param name="from">Where what each character was made from begins in the original text.</param>
    /// <param name="to">Where that ends.</param>
    /// <param name="state">Memory of <see cref="CreateState"/>.</param>
    /// <param name="tokens">Where the tokens are added.</param>
    public virtual void Encode(ReadOnlySpan<char> text, ReadOnlySpan<int> from, ReadOnlySpan<int> to, ModelState state, TokenBuffer tokens)
    {
        if (text.Length > WordCache.LongestWord)
        {
            state.LongestPiece = Math.Max(state.LongestPiece, text.Length);
            state.Cuts.Clear();
            Cut(text, state);
            Emit(state.Cuts.Items, from, to, tokens);
            return;
        }

        var hash = WordCache.Hash(text);
        var known = state.Cache.Find(text, hash);
        if (known.Length == 0)
        {
            state.Cuts.Clear();
            Cut(text, state);
            known = state.Cuts.Items;
            state.Cache.Keep(text, hash, known);
        }

        Emit(known, from, to, tokens);
    }

    /// <summary>Cuts a piece.</summary>
    /// <param name="text">The piece.</param>
    /// <param name="state">Its cuts are empty and get the result.</param>
    protected abstract void Cut(ReadOnlySpan<char> text, ModelState state);

    private static void Emit(ReadOnlySpan<TokenCuts.Cut> cuts, ReadOnlySpan<int> from, ReadOnlySpan<int> to, TokenBuffer tokens)
    {
        foreach (var (id, start, end) in cuts)
        {
            tokens.Add(id, from[start], to[end - 1]);
        }
    }
}
