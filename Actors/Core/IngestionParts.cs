using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Core;

/// <summary>What a run works with. The caller owns all of it but the embedders.</summary>
/// <param name="Parser">Reads documents.</param>
/// <param name="Chunker">Cuts them for the model.</param>
/// <param name="Model">The model.</param>
/// <param name="OpenEmbedder">Opens a session of the model; called once for each session, and again after one broke. May take long; called on the thread pool.</param>
/// <param name="Sink">Takes the vectors.</param>
/// <param name="Ledger">Keeps the accounts.</param>
public sealed record IngestionParts(
    IDocumentParser Parser,
    IChunker Chunker,
    EmbeddingModelInfo Model,
    Func<IEmbedder> OpenEmbedder,
    IVectorSink Sink,
    ILedger Ledger)
{
    /// <summary>Sessions of the model that work at once, from 1.</summary>
    public int Sessions { get; init; } = 1;

    /// <summary>The embedder that this run shares with runs that fill other sinks from the same documents; null for one of its own.</summary>
    public Embedding.EmbeddingShare? Share { get; init; }

    /// <summary>Sinks that are filled from the same documents, with the same ledger: vectors that they hold are taken from there. Not owned.</summary>
    public IReadOnlyList<IVectorSink> Siblings { get; init; } = [];

    /// <summary>Told what is counted; null for nobody.</summary>
    public ActorsMetrics? Metrics { get; init; }

    /// <summary>Kind of the database, for the metrics: the scheme of its name.</summary>
    internal string Database => Sink.Name is var name && name.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? name[..colon] : name;
}
