using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Models;
using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Normalizers;
using Sluice.Actors.Chunking.Tokenizers.HuggingFace.PreTokenizers;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace;

/// <summary>What a tokenizer is made of.</summary>
internal sealed record TokenizerParts
{
    /// <summary>The kind of model, as the format calls it.</summary>
    public required string Kind { get; init; }

    /// <summary>The model.</summary>
    public required TokenModel Model { get; init; }

    /// <summary>Added tokens that are looked for in the text as given.</summary>
    public required AddedTokenFinder Added { get; init; }

    /// <summary>Added tokens that are looked for in the normalized text.</summary>
    public required AddedTokenFinder AddedNormalized { get; init; }

    /// <summary>The normalizers, in order.</summary>
    public required INormalizer[] Normalizers { get; init; }

    /// <summary>The pre-tokenizers, in order.</summary>
    public required IPreTokenizer[] PreTokenizers { get; init; }

    /// <summary>Ids before and after a text.</summary>
    public required PostProcessing Post { get; init; }

    /// <summary>Number of ids, those of added tokens included.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Most tokens of a text, where the file says so; only told, a text is never cut.</summary>
    public int? MaxTokens { get; init; }
}
