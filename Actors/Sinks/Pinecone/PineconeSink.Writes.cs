using System.Text.Json;
using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Pinecone;

internal sealed partial class PineconeSink
{
    /// <summary>Most ids of a deletion.</summary>
    private const int MaxIds = 1_000;

    /// <summary>Documents of one deletion.</summary>
    private const int MaxDocuments = 100;

    /// <summary>Most terms of a sparse vector.</summary>
    private const int MaxTerms = 1_000;

    public long EncodedBytes(VectorRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return Estimate(record, PineconeMetadata.Fit(record));
    }

    public async Task<IReadOnlyList<ChunkFailure>> UpsertAsync(IReadOnlyList<VectorRecord> records, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(records);
        RequireOpen();
        cancellationToken.ThrowIfCancellationRequested();
        if (records.Count == 0)
        {
            return [];
        }

        var index = await RequireAsync(cancellationToken).ConfigureAwait(false);
        var failures = new List<ChunkFailure>();
        var sendable = Fitting(RecordValidator.Sendable(records, index.Info, failures), failures);
        using var body = new PooledBody();
        using var numbers = new JsonVector();
        for (var next = 0; next < sendable.Count;)
        {
            body.Clear();
            next = WriteRecords(body, numbers, sendable, next);
            using var response = await Data(index).SendAsync(new SinkRequest(HttpMethod.Post, "vectors/upsert") { Body = body }, cancellationToken).ConfigureAwait(false);
            NoteWritten(response);
        }

        return failures;
    }

    public async Task DeleteAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        RequireOpen();
        if (ids.Count == 0 || await FindAsync(cancellationToken).ConfigureAwait(false) is not { } index)
        {
            return;
        }

        foreach (var page in ids.Chunk(MaxIds))
        {
            await DeleteAsync(
                index,
                writer =>
                {
                    writer.WriteStartArray("ids");
                    foreach (var id in page)
                    {
                        writer.WriteStringValue(id.Value);
                    }

                    writer.WriteEndArray();
                },
                retry: false,
                cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task DeleteDocumentsAsync(IReadOnlyCollection<DocumentId> documents, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(documents);
        RequireOpen();
        if (documents.Count == 0 || await FindAsync(cancellationToken).ConfigureAwait(false) is not { } index)
        {
            return;
        }

        // A filter meets what is seen: what was just written must be, by other processes too.
        await WaitUntilAllIsSeenAsync(index, cancellationToken).ConfigureAwait(false);
        foreach (var page in documents.Chunk(MaxDocuments))
        {
            await DeleteAsync(index, writer => WriteDocumentFilter(writer, page), retry: false, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Reads the records and writes them whole: an update of metadata cannot take a key away. What was just written, by whomever, must be seen for it, or it would count as unknown.
    /// </summary>
    public async Task RelocateAsync(IReadOnlyList<Chunk> chunks, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        RequireOpen();
        if (chunks.Count == 0 || await FindAsync(cancellationToken).ConfigureAwait(false) is not { } index)
        {
            return;
        }

        await WaitUntilAllIsSeenAsync(index, cancellationToken).ConfigureAwait(false);
        foreach (var page in chunks.Chunk(_options.MaxRecords))
        {
            var stored = (await ReadRecordsAsync([.. page.Select(static chunk => chunk.Id)], cancellationToken).ConfigureAwait(false)).ToDictionary(static record => record.Chunk.Id);
            List<VectorRecord> moved = [.. page.Where(chunk => stored.ContainsKey(chunk.Id)).Select(chunk => stored[chunk.Id] with { Chunk = chunk with { Text = stored[chunk.Id].Chunk.Text } })];
            if (moved.Count > 0 && (await UpsertAsync(moved, cancellationToken).ConfigureAwait(false)) is [var failure, ..])
            {
                throw new RequestRefusedException($"A chunk of {stored[failure.Chunk.Id].Uri} cannot be moved: {failure.Rejection.Message}");
            }
        }
    }

    private static long Estimate(VectorRecord record, PineconeFit fit) => 120 + fit.Bytes + record.Embedding switch
    {
        DenseEmbedding dense => 13L * dense.Values.Length,
        SparseEmbedding sparse => 24L * sparse.Values.Length,
        _ => record.Embedding.Weight * 4,
    };

    /// <summary>The records whose text fits into the metadata and whose vector into a record.</summary>
    private List<(VectorRecord Record, PineconeFit Fit)> Fitting(IReadOnlyList<VectorRecord> records, List<ChunkFailure> failures)
    {
        var fitting = new List<(VectorRecord Record, PineconeFit Fit)>(records.Count);
        foreach (var record in records)
        {
            var fit = PineconeMetadata.Fit(record);
            if (fit.IsTooLarge)
            {
                Refuse(record, $"text and URI take {fit.Bytes} bytes, and Pinecone keeps {PineconeMetadata.MaxBytes} bytes a record. Make the chunks smaller (sluice.chunking), or use another database");
            }
            else if (record.Embedding is SparseEmbedding { Values.Length: > MaxTerms } sparse)
            {
                Refuse(record, $"its embedding has {sparse.Values.Length} terms, and Pinecone keeps {MaxTerms} a record");
            }
            else
            {
                NoteCut(record, fit);
                fitting.Add((record, fit));
            }
        }

        return fitting;

        void Refuse(VectorRecord record, string why) => failures.Add(new ChunkFailure(record.Chunk, Rejection.Dead(Reasons.RefusedBySink, $"The chunk was not stored: {why}.")));
    }

    private void NoteCut(VectorRecord record, PineconeFit fit)
    {
        if (!fit.Title)
        {
            _truncations.Add("titles that did not fit into Pinecone's 40 KB of metadata a record", record);
        }

        if (!fit.Headings)
        {
            _truncations.Add("headings that did not fit into Pinecone's 40 KB of metadata a record", record);
        }

        if (fit.Pairs < (record.Chunk.Metadata?.Count ?? 0))
        {
            _truncations.Add("metadata that did not fit into Pinecone's 40 KB a record", record);
        }
    }

    /// <summary>Writes as many records as fit into a request, one at least.</summary>
    /// <returns>The first that did not fit.</returns>
    private int WriteRecords(PooledBody body, JsonVector numbers, List<(VectorRecord Record, PineconeFit Fit)> records, int from)
    {
        var next = from;
        Write(body, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("namespace", _address.Namespace);
            writer.WriteStartArray("vectors");
            do
            {
                WriteRecord(writer, numbers, records[next].Record, records[next].Fit);
                next++;
            }
            while (next < records.Count && next - from < MaxIds && writer.BytesCommitted + writer.BytesPending + Estimate(records[next].Record, records[next].Fit) <= _options.MaxBytes);

            writer.WriteEndArray();
            writer.WriteEndObject();
        });
        return next;
    }

    private static void WriteRecord(Utf8JsonWriter writer, JsonVector numbers, VectorRecord record, PineconeFit fit)
    {
        writer.WriteStartObject();
        writer.WriteString("id", record.Chunk.Id.Value);
        WriteVector(writer, numbers, record.Embedding, "values", "sparseValues");
        PineconeMetadata.Write(writer, record, fit);
        writer.WriteEndObject();
    }

    private static void WriteVector(Utf8JsonWriter writer, JsonVector numbers, Streams.Vectors.Embedding embedding, string dense, string sparse)
    {
        if (embedding is SparseEmbedding terms)
        {
            writer.WriteStartObject(sparse);
            writer.WriteStartArray("indices");
            foreach (var index in terms.Indices.Span)
            {
                writer.WriteNumberValue(index);
            }

            writer.WriteEndArray();
            writer.WritePropertyName("values");
            numbers.Write(writer, terms.Values.Span);
            writer.WriteEndObject();
        }
        else
        {
            writer.WritePropertyName(dense);
            numbers.Write(writer, ((DenseEmbedding)embedding).Values.Span);
        }
    }

    private static void WriteDocumentFilter(Utf8JsonWriter writer, IEnumerable<DocumentId> documents)
    {
        writer.WriteStartObject("filter");
        writer.WriteStartObject(PineconeMetadata.Document);
        writer.WriteStartArray("$in");
        foreach (var document in documents)
        {
            writer.WriteStringValue(document.Value);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary>Deletes what is selected.</summary>
    /// <returns>Number of the write; null where there is no namespace yet, or the index does not say.</returns>
    private async Task<long?> DeleteAsync(PineconeIndex index, Action<Utf8JsonWriter> writeSelection, bool retry, CancellationToken cancellationToken)
    {
        using var body = new PooledBody(4096);
        Write(body, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("namespace", _address.Namespace);
            writeSelection(writer);
            writer.WriteEndObject();
        });

        // 404: nothing was written to the namespace yet.
        using var response = await Data(index).SendAsync(new SinkRequest(HttpMethod.Post, "vectors/delete") { Body = body, Accept = [404], Retry = retry }, cancellationToken).ConfigureAwait(false);
        return NoteWritten(response);
    }
}
