using Sluice.Streams.Vectors;

namespace Sluice.Actors.Core.Embedding;

/// <summary>To the embedder: embed this; answered with an <see cref="EmbeddedBatch"/>.</summary>
/// <param name="Batch">The batch.</param>
internal sealed record EmbedBatch(PackedBatch Batch);
