using Sluice.Streams.Chunks;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Chunking;

/// <summary>Makes chunkers.</summary>
public static class Chunkers
{
    /// <summary>Makes the chunker of <paramref name="options"/> for a model; one that embeds images has nothing to cut. It is safe for concurrent use and needs no disposal.</summary>
    /// <param name="options">How to cut; read once.</param>
    /// <param name="tokenizer">The model's tokenizer; called by many threads at once.</param>
    /// <param name="model">The model: its limit and document prompt.</param>
    /// <returns>The chunker.</returns>
    /// <exception cref="Streams.Failures.ConfigurationException">An option is out of range for this model.</exception>
    public static IChunker Create(ChunkingOptions options, ITokenizer tokenizer, EmbeddingModelInfo model)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(model);
        return model.EmbedsImages ? new ImageChunker() : new TextChunker(new ChunkingPlan(options, tokenizer, model));
    }
}
