using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>Makes records again from what databases hold.</summary>
internal static class StoredRecords
{
    /// <summary>The record that a hit stands for.</summary>
    /// <param name="hit">Everything but document and embedding.</param>
    /// <param name="document">Its document.</param>
    /// <param name="embedding">Its embedding.</param>
    public static VectorRecord ToRecord(this SearchHit hit, DocumentId document, Embedding embedding) => new(
        document,
        hit.Uri,
        new Chunk(hit.Id, hit.Text, ReadOnlyMemory<int>.Empty, hit.Place) { Title = hit.Title, HeadingPath = hit.HeadingPath, Metadata = hit.Metadata },
        embedding);
}
