namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Models;

/// <summary>WordLevel: each piece is a token or unknown. Immutable, safe for concurrent use.</summary>
/// <param name="vocabulary">The tokens.</param>
/// <param name="unknownId">Id of the others.</param>
internal sealed class WordLevelModel(Vocabulary vocabulary, int unknownId) : TokenModel
{
    /// <inheritdoc/>
    public override int Count => vocabulary.Count;

    /// <inheritdoc/>
    public override int Find(string token) => vocabulary.Find(token);

    /// <inheritdoc/>
    protected override void Cut(ReadOnlySpan<char> text, ModelState state)
    {
        var id = vocabulary.Find(text);
        state.Cuts.Add(id < 0 ? unknownId : id, 0, text.Length);
    }
}
