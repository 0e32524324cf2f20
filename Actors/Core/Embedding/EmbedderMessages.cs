using Sluice.Streams.Monitoring;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Core.Embedding;

/// <summary>To the embedder: embed this; answered with an <see cref="EmbeddedBatch"/>.</summary>
/// <param name="Batch">The batch.</param>
internal sealed record EmbedBatch(PackedBatch Batch);

/// <summary>To a pool: embed this when it is this share's turn; answered with an <see cref="EmbeddedBatch"/>.</summary>
/// <param name="Share">The job.</param>
/// <param name="Weight">Its weight, from 1.</param>
/// <param name="Batch">The batch.</param>
/// <param name="Meter">Told how long the model worked on it; null where the sessions' own meter is enough.</param>
internal sealed record EmbedShare(long Share, int Weight, PackedBatch Batch, StageMeter? Meter);
