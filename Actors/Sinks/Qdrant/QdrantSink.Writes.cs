using System.Text.Json;
using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Qdrant;

internal sealed partial class QdrantSink
{
    private const int PageSize = 1_000;

    /// <summary>Times that places are written again because a chunk was deleted in between.</summary>
    private const int MaxRelocations = 5;

    public long EncodedBytes(VectorRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return QdrantPointWriter.Estimate(record, _address.FullText);
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

        var collection = await RequireAsync(cancellationToken).ConfigureAwait(false);
        var failures = new List<ChunkFailure>();
        var sendable = RecordValidator.Sendable(records, collection.Info, failures);
        using var body = new PooledBody();
        using var points = new QdrantPointWriter(collection.Info is { Distance: Distance.Cosine, Kind: not EmbeddingKind.Sparse }, collection.FullText);
        for (var next = 0; next < sendable.Count;)
        {
            body.Clear();
            next = WritePoints(body, points, sendable, next);
            using var response = await SendAsync(HttpMethod.Put, "/points?wait=true", body, retry: false, cancellationToken).ConfigureAwait(false) ?? throw Missing();
            RequireCompleted(response);
        }

        return failures;
    }

    public async Task DeleteAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        RequireOpen();
        foreach (var page in ids.Chunk(PageSize))
        {
            await DeleteAsync(
                writer =>
                {
                    writer.WriteStartArray("points");
                    foreach (var id in page)
                    {
                        writer.WriteStringValue(id.Value);
                    }

                    writer.WriteEndArray();
                },
                cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task DeleteDocumentsAsync(IReadOnlyCollection<DocumentId> documents, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(documents);
        RequireOpen();
        foreach (var page in documents.Chunk(PageSize))
        {
            await DeleteAsync(
                writer =>
                {
                    writer.WriteStartObject("filter");
                    writer.WriteStartArray("must");
                    QdrantFilter.WriteAny(writer, QdrantNames.Document, page.Select(static document => document.ToString()));
                    writer.WriteEndArray();
                    writer.WriteEndObject();
                },
                cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task RelocateAsync(IReadOnlyList<Chunk> chunks, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        RequireOpen();
        if (chunks.Count == 0 || await FindAsync(cancellationToken).ConfigureAwait(false) is not { } collection)
        {
            return;
        }

        foreach (var page in chunks.Chunk(_options.MaxRecords))
        {
            for (var attempt = 1; ; attempt++)
            {
                var known = await FindKnownAsync(page, cancellationToken).ConfigureAwait(false);
                if (known.Count == 0)
                {
                    break;
                }

                try
                {
                    using var body = new PooledBody();
                    WriteRelocation(body, known, collection.FullText);
                    using var response = await SendAsync(HttpMethod.Post, "/points/batch?wait=true", body, retry: false, cancellationToken).ConfigureAwait(false);
                    break;
                }
                catch (RequestRefusedException exception) when (exception.Message.Contains("No point with id", StringComparison.Ordinal) && attempt < MaxRelocations)
                {
                    // One of them was deleted after it was looked up: those before it in the request are done, doing them again changes nothing.
                }
            }
        }
    }

    /// <summary>Writes as many points as fit into a request, one at least.</summary>
    /// <returns>The first that did not fit.</returns>
    private int WritePoints(PooledBody body, QdrantPointWriter points, IReadOnlyList<VectorRecord> records, int from)
    {
        var next = from;
        Write(body, writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("points");
            do
            {
                points.Write(writer, records[next++]);
            }
            while (next < records.Count && writer.BytesCommitted + writer.BytesPending + EncodedBytes(records[next]) <= _options.MaxBytes);

            writer.WriteEndArray();
            writer.WriteEndObject();
        });
        return next;
    }

    private async Task DeleteAsync(Action<Utf8JsonWriter> writeSelection, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(
            HttpMethod.Post,
            "/points/delete?wait=true",
            writer =>
            {
                writer.WriteStartObject();
                writeSelection(writer);
                writer.WriteEndObject();
            },
            retry: false,
            cancellationToken).ConfigureAwait(false);
        if (response is not null)
        {
            RequireCompleted(response);
        }
    }

    /// <summary>A write that the server only put in its queue is not done: written again, it is waited for again.</summary>
    private void RequireCompleted(SinkResponse response)
    {
        using var json = JsonDocument.Parse(response.Body);
        var status = json.RootElement.GetProperty("result").GetProperty("status").GetString();
        if (status != "completed")
        {
            throw _http.Failures.Busy($"took a write and did not finish it in time ({status})");
        }
    }

    private static void WriteRelocation(PooledBody body, List<Chunk> chunks, bool fullText)
    {
        using var points = new QdrantPointWriter(cosine: false, fullText);
        Write(body, writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("operations");
            foreach (var chunk in chunks)
            {
                writer.WriteStartObject();
                writer.WriteStartObject("set_payload");
                writer.WriteStartObject("payload");
                QdrantPointWriter.WritePlace(writer, chunk, all: true);
                writer.WriteEndObject();
                WriteId(writer, chunk);
                writer.WriteEndObject();
                writer.WriteEndObject();
            }

            if (fullText)
            {
                // Title and headings are among the words.
                writer.WriteStartObject();
                writer.WriteStartObject("update_vectors");
                writer.WriteStartArray("points");
                foreach (var chunk in chunks)
                {
                    writer.WriteStartObject();
                    writer.WriteString("id", chunk.Id.Value);
                    writer.WriteStartObject("vector");
                    if (!points.WriteTerms(writer, chunk))
                    {
                        WriteNoTerms(writer);
                    }

                    writer.WriteEndObject();
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
                writer.WriteEndObject();
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }

    private static void WriteId(Utf8JsonWriter writer, Chunk chunk)
    {
        writer.WriteStartArray("points");
        writer.WriteStringValue(chunk.Id.Value);
        writer.WriteEndArray();
    }

    private static void WriteNoTerms(Utf8JsonWriter writer)
    {
        writer.WriteStartObject(QdrantNames.Terms);
        writer.WriteStartArray("indices");
        writer.WriteEndArray();
        writer.WriteStartArray("values");
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>Those of the chunks that are stored.</summary>
    private async Task<List<Chunk>> FindKnownAsync(Chunk[] chunks, CancellationToken cancellationToken)
    {
        var known = new HashSet<ChunkId>();
        await ReadPointsAsync([.. chunks.Select(static chunk => chunk.Id)], withPayload: false, vector: null, point => known.Add(QdrantPoint.Id(point)), cancellationToken).ConfigureAwait(false);
        return [.. chunks.Where(chunk => known.Contains(chunk.Id))];
    }
}
