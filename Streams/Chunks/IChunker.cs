using Sluice.Streams.Documents;

namespace Sluice.Streams.Chunks;

/// <summary>Cuts sections into chunks. Safe for concurrent use: each document has a session of its own.</summary>
public interface IChunker
{
    /// <summary>Everything that decides its output (mode, sizes, version, tokenizer); part of the configuration hash.</summary>
    string Fingerprint { get; }

    /// <summary>Begins a document.</summary>
    /// <param name="document">The document.</param>
    /// <returns>A session to feed its sections to.</returns>
    IChunkSession Begin(DocumentId document);
}

/// <summary>Chunks one document, section by section, holding no more than what the next chunk needs. Not safe for concurrent use.</summary>
public interface IChunkSession
{
    /// <summary>Takes the next section.</summary>
    /// <param name="section">The section.</param>
    /// <param name="ready">Chunks that are now complete are added here.</param>
    void Add(Section section, ICollection<Chunk> ready);

    /// <summary>Ends the document.</summary>
    /// <param name="ready">The last chunks are added here.</param>
    void Complete(ICollection<Chunk> ready);
}
