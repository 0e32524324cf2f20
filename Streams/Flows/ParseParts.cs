using Akka.Actor;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;
using Sluice.Streams.Monitoring;
using Sluice.Streams.Vectors;

namespace Sluice.Streams.Flows;

/// <summary>What the parse flow works with.</summary>
/// <param name="Source">Opens documents.</param>
/// <param name="Parser">Reads them.</param>
/// <param name="Chunker">Cuts them.</param>
/// <param name="Ledger">Knows which chunks are stored.</param>
/// <param name="Walk">The walk the documents belong to.</param>
/// <param name="Owner">Waits for the acknowledgements.</param>
/// <param name="Fetch">Reads stored embeddings, to reuse those of a document with the same content; at most 1,000 ids a call. Gives what can be had, and never fails but by
/// cancellation: what it does not give is embedded.</param>
/// <param name="Meter">Counts chunks and tokens.</param>
/// <param name="Time">Measures the time spent.</param>
public sealed record ParseParts(
    IDocumentSource Source,
    IDocumentParser Parser,
    IChunker Chunker,
    ILedger Ledger,
    Walk Walk,
    IActorRef Owner,
    Func<IReadOnlyCollection<ChunkId>, CancellationToken, Task<IReadOnlyDictionary<ChunkId, Embedding>>> Fetch,
    StageMeter Meter,
    TimeProvider Time)
{
    /// <summary>An embedding that was made lately for the same tokens, by a pipeline that fills another sink; null for none.</summary>
    public Func<Chunk, Embedding?> Known { get; init; } = static _ => null;

    /// <summary>Sinks that are filled from the same documents: what they hold already need not be embedded.</summary>
    public IReadOnlyList<SiblingSink> Siblings { get; init; } = [];

    /// <summary>Tells a source that is away from a document that cannot be read; null where nobody does.</summary>
    public ISourceGuard? Guard { get; init; }

    /// <summary>Holds reading up while it is closed.</summary>
    public PauseGate Gate { get; init; } = new();
}

/// <summary>A sink that is filled from the same documents as another one.</summary>
/// <param name="Name">Its name in the ledger.</param>
/// <param name="Fetch">Reads its embeddings, at most 1,000 ids a call; gives what can be had now, and never fails but by cancellation.</param>
public sealed record SiblingSink(string Name, Func<IReadOnlyCollection<ChunkId>, CancellationToken, Task<IReadOnlyDictionary<ChunkId, Embedding>>> Fetch);
