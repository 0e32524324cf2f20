using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Files;

/// <summary>A form of files with records.</summary>
internal interface IRecordFileFormat
{
    /// <summary>The scheme of its URIs and the extension of its files.</summary>
    string Name { get; }

    /// <summary>Writes one file. The same records give the same bytes.</summary>
    /// <param name="output">Where to; not closed.</param>
    /// <param name="collection">What the records are of.</param>
    /// <param name="pages">The records, in order.</param>
    /// <param name="cancellationToken">Cancels.</param>
    Task WriteAsync(Stream output, CollectionInfo collection, IAsyncEnumerable<IReadOnlyList<VectorRecord>> pages, CancellationToken cancellationToken);
}
