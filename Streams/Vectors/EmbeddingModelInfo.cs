namespace Sluice.Streams.Vectors;

/// <summary>What there is to know of a model without running it.</summary>
/// <param name="Name">Its name, for people.</param>
/// <param name="Fingerprint">Hash of the files that decide its output (network, tokenizer, pooling): vectors of different fingerprints are never compared.</param>
/// <param name="Kind">Shape of its output.</param>
/// <param name="Dimension">Components of a vector; size of the vocabulary for sparse ones.</param>
/// <param name="MaxTokens">Most tokens of a text, special tokens included.</param>
/// <param name="Distance">How its vectors are to be compared.</param>
public sealed record EmbeddingModelInfo(string Name, string Fingerprint, EmbeddingKind Kind, int Dimension, int MaxTokens, Distance Distance)
{
    /// <summary>Prefix the model wants in front of a query; empty for none.</summary>
    public string QueryPrompt { get; init; } = "";

    /// <summary>Prefix the model wants in front of a document; empty for none.</summary>
    public string DocumentPrompt { get; init; } = "";

    /// <summary>Whether documents are embedded as images (pictures, pages), and only questions as text.</summary>
    public bool EmbedsImages { get; init; }
}
