using Sluice.Actors.Sinks.Weaviate.Protocol;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Weaviate;

internal sealed partial class WeaviateSink
{
    private const int IdsPerRequest = 1_000;

    public async Task<IReadOnlyList<ChunkFailure>> UpsertAsync(IReadOnlyList<VectorRecord> records, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(records);
        var collection = await RequireAsync(cancellationToken).ConfigureAwait(false);
        var failures = new List<ChunkFailure>();
        var sendable = RecordValidator.Sendable(records, collection, failures);
        if (sendable.Count > 0)
        {
            await WriteAsync(sendable, failures, cancellationToken).ConfigureAwait(false);
        }

        return failures;
    }

    public async Task RelocateAsync(IReadOnlyList<Chunk> chunks, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        await RequireAsync(cancellationToken).ConfigureAwait(false);

        // Titles and headings are searched by their words, and an object is replaced whole: what stays is read first.
        foreach (var page in chunks.Chunk(Math.Min(Capabilities.MaxRecords, IdsPerRequest)))
        {
            var moved = new Dictionary<ChunkId, Chunk>(page.Length);
            foreach (var chunk in page)
            {
                moved[chunk.Id] = chunk;
            }

            var records = await ReadRecordsAsync([.. moved.Keys], cancellationToken).ConfigureAwait(false);
            var failures = new List<ChunkFailure>();
            if (records.Count > 0)
            {
                await WriteAsync([.. records.Select(record => Relocated(record, moved[record.Chunk.Id]))], failures, cancellationToken).ConfigureAwait(false);
            }

            if (failures.Count > 0)
            {
                throw new StorageException($"The place of a chunk in {Place} cannot be changed: {failures[0].Rejection.Message}");
            }
        }
    }

    public async Task DeleteAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        foreach (var page in ids.Chunk(IdsPerRequest))
        {
            await DeleteAsync(WeaviateFilters.Ids(page), cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task DeleteDocumentsAsync(IReadOnlyCollection<DocumentId> documents, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(documents);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        foreach (var page in documents.Chunk(IdsPerRequest))
        {
            await DeleteAsync(WeaviateFilters.Documents(page), cancellationToken).ConfigureAwait(false);
        }
    }

    private static VectorRecord Relocated(VectorRecord record, Chunk moved) => record with
    {
        Chunk = record.Chunk with { Place = moved.Place, HeadingPath = moved.HeadingPath, Title = moved.Title, Metadata = moved.Metadata },
    };

    /// <summary>Writes records and adds those that were refused to the failures.</summary>
    private async Task WriteAsync(IReadOnlyList<VectorRecord> records, List<ChunkFailure> failures, CancellationToken cancellationToken)
    {
        using var request = new BackwardProtobufWriter();
        ObjectWriter.Write(request, records, Class, _address.Consistency);
        BatchObjectsReply reply;
        try
        {
            reply = await _grpc.BatchAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (SluiceException exception) when (WeaviateFailures.IsMissing(exception))
        {
            _collection = null;
            throw Missing();
        }

        foreach (var error in reply.Errors)
        {
            // Writing is idempotent: all of it again, rather than a second kind of retry in here.
            if (WeaviateFailures.MayPass(error.Error))
            {
                throw _failures.Busy(error.Error);
            }

            if (error.Error.Contains("could not find class", StringComparison.OrdinalIgnoreCase))
            {
                _collection = null;
                throw Missing();
            }

            if (error.Index < 0 || error.Index >= records.Count)
            {
                throw _rest.Failures.Fatal($"refused an object that was not sent (number {error.Index} of {records.Count}): {error.Error}");
            }

            failures.Add(new ChunkFailure(records[error.Index].Chunk, Rejection.Dead(Reasons.RefusedBySink, _rest.Failures.Redact($"Weaviate refused the chunk: {error.Error}"))));
        }
    }

    /// <summary>Deletes what matches; the server takes a limited number at once.</summary>
    private Task<bool> DeleteAsync(Filters filter, CancellationToken cancellationToken) => RunAsync(
        async _ =>
        {
            var request = new BatchDeleteRequest { Collection = Class, Filters = filter, ConsistencyLevel = _address.Consistency };
            while (await _grpc.DeleteAsync(request, cancellationToken).ConfigureAwait(false) is { Matches: > 0 } reply)
            {
                if (reply.Failed > 0)
                {
                    throw _rest.Failures.Busy($"could not delete {reply.Failed} of {reply.Matches} objects");
                }
            }

            return true;
        },
        missing: false,
        cancellationToken);
}
