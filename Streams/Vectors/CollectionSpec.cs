namespace Sluice.Streams.Vectors;

/// <summary>What a collection must be able to hold.</summary>
/// <param name="Model">The model whose vectors go in; its dimension, kind, distance and fingerprint must match what the collection has.</param>
public sealed record CollectionSpec(EmbeddingModelInfo Model);

/// <summary>What an existing collection holds.</summary>
/// <param name="ModelName">Name of the model its vectors are from.</param>
/// <param name="ModelFingerprint">That model's fingerprint.</param>
/// <param name="Kind">Shape of the embeddings.</param>
/// <param name="Dimension">Components of a vector.</param>
/// <param name="Distance">How they are compared.</param>
public sealed record CollectionInfo(string ModelName, string ModelFingerprint, EmbeddingKind Kind, int Dimension, Distance Distance);
