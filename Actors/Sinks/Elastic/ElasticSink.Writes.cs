using System.Globalization;
using System.Text;
using System.Text.Json;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Elastic;

internal sealed partial class ElasticSink
{
    private const int Page = 1_000;

    /// <summary>Times that a deletion by query is tried before what is written at the same time counts as a failure that may pass.</summary>
    private const int DeleteAttempts = 3;

    /// <summary>Bytes of a document beside its text, headings, metadata and vector.</summary>
    private const int Overhead = 420;

    public long EncodedBytes(VectorRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        var chunk = record.Chunk;
        long bytes = Overhead + (4L * record.Uri.Length) + Encoding.UTF8.GetByteCount(chunk.Text) + (chunk.Text.Length / 16) + (2L * (chunk.Title?.Length ?? 0));
        foreach (var heading in chunk.HeadingPath)
        {
            bytes += 4 + (2L * heading.Length);
        }

        if (chunk.Metadata is not null)
        {
            foreach (var (key, value) in chunk.Metadata)
            {
                bytes += 8 + (2L * (key.Length + value.Length));
            }
        }

        // A number of a float takes about 12 characters, base64 of one 5 1/3.
        var base64 = _server is { } server && _dialect.TakesBase64(server);
        return bytes + record.Embedding switch
        {
            DenseEmbedding dense => base64 ? 6L * dense.Values.Length : 13L * dense.Values.Length,
            MultiVectorEmbedding several => 13L * (several.Values.Length + several.Dimension),
            SparseEmbedding sparse => 22L * sparse.Values.Length,
            _ => record.Embedding.Weight,
        };
    }

    public async Task<IReadOnlyList<ChunkFailure>> UpsertAsync(IReadOnlyList<VectorRecord> records, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(records);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        cancellationToken.ThrowIfCancellationRequested();
        if (records.Count == 0)
        {
            return [];
        }

        var index = await RequireAsync(cancellationToken).ConfigureAwait(false);
        var failures = new List<ChunkFailure>();
        var sendable = RecordValidator.Sendable(records, index.Info, failures);
        var writable = WithoutNegativeWeights(sendable, index.Info, failures);
        if (writable.Count > 0)
        {
            var base64 = _dialect.TakesBase64(await ServerAsync(cancellationToken).ConfigureAwait(false));
            var (overloaded, cause) = await BulkAsync(
                writable,
                (document, body, record) =>
                {
                    WriteAction(body, "{\"index\":{\"_id\":\""u8, record.Chunk.Id.Value, "\"}}\n"u8);
                    document.Write(record);
                },
                base64,
                index.Info,
                (record, item) => failures.Add(new ChunkFailure(record.Chunk, Rejection.Dead(Reasons.RefusedBySink, $"The chunk was not stored: {_client.Failures.Where} refused it with {item.Status} ({item.Words})."))),
                cancellationToken).ConfigureAwait(false);
            if (cause is not null)
            {
                throw overloaded.Count < records.Count ? new PartlyWrittenException(overloaded, failures, cause) : cause;
            }
        }

        return failures;
    }

    public async Task RelocateAsync(IReadOnlyList<Chunk> chunks, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        if (chunks.Count == 0)
        {
            return;
        }

        await RequireAsync(cancellationToken).ConfigureAwait(false);
        foreach (var page in chunks.Chunk(Page))
        {
            await BulkAsync(
                page,
                static (document, body, chunk) =>
                {
                    WriteAction(body, "{\"update\":{\"_id\":\""u8, chunk.Id.Value, "\",\"retry_on_conflict\":5}}\n"u8);
                    document.WriteChange(chunk);
                },
                (chunk, item) =>
                {
                    if (item.Type != ElasticErrors.DocumentMissing)
                    {
                        throw _client.Failures.Refused($"did not update the chunk {chunk.Id} ({item.Words})");
                    }
                },
                cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task DeleteAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        if (ids.Count == 0 || await FindAsync(cancellationToken).ConfigureAwait(false) is null)
        {
            return;
        }

        foreach (var page in ids.Chunk(Page))
        {
            await BulkAsync(
                page,
                static (_, body, id) => WriteAction(body, "{\"delete\":{\"_id\":\""u8, id.Value, "\"}}\n"u8),
                (id, item) =>
                {
                    if (item.Status != 404)
                    {
                        throw _client.Failures.Refused($"did not delete the chunk {id} ({item.Words})");
                    }
                },
                cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task DeleteDocumentsAsync(IReadOnlyCollection<DocumentId> documents, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(documents);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        if (documents.Count == 0 || await FindAsync(cancellationToken).ConfigureAwait(false) is null)
        {
            return;
        }

        foreach (var page in documents.Chunk(Page))
        {
            // It works on what searches see; what another process wrote and is not seen yet counts as well.
            for (var attempt = 1; ; attempt++)
            {
                await MakeVisibleAsync(cancellationToken).ConfigureAwait(false);
                var conflicts = await AskAsync(
                    HttpMethod.Post,
                    $"{_index}/_delete_by_query?conflicts=proceed&refresh=true&scroll_size=5000",
                    json => WriteTerms(json, page),
                    static answer => Count(answer, "version_conflicts") + (answer.TryGetProperty("failures", out var failed) ? failed.GetArrayLength() : 0),
                    0L,
                    cancellationToken,
                    s_patience).ConfigureAwait(false);
                if (conflicts == 0)
                {
                    break;
                }

                if (attempt == DeleteAttempts)
                {
                    throw _client.Failures.Busy(string.Create(CultureInfo.InvariantCulture, $"could not delete {conflicts} chunks that are being written at the same time"));
                }
            }
        }
    }

    /// <summary>Takes out sparse embeddings with weights that the databases do not index.</summary>
    private IReadOnlyList<VectorRecord> WithoutNegativeWeights(IReadOnlyList<VectorRecord> records, CollectionInfo info, List<ChunkFailure> failures)
    {
        if (info.Kind != EmbeddingKind.Sparse)
        {
            return records;
        }

        var kept = new List<VectorRecord>(records.Count);
        foreach (var record in records)
        {
            var values = ((SparseEmbedding)record.Embedding).Values.Span;
            var why = values.ContainsAnyInRange(float.MinValue, -float.Epsilon) ? "negative weights, which" : !values.ContainsAnyExcept(0) ? "no weight above zero, which" : null;
            if (why is null)
            {
                kept.Add(record);
            }
            else
            {
                failures.Add(new ChunkFailure(record.Chunk, Rejection.Dead(Reasons.RefusedBySink, $"The chunk was not stored: its sparse embedding has {why} {_dialect.Database} does not index.")));
            }
        }

        return kept;
    }

    private static void WriteTerms(Utf8JsonWriter json, DocumentId[] documents)
    {
        json.WriteStartObject("query");
        json.WriteStartObject("terms");
        json.WriteStartArray(ElasticFields.Document);
        foreach (var document in documents)
        {
            json.WriteStringValue(document.Value);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static long Count(JsonElement answer, string name) => answer.TryGetProperty(name, out var count) ? count.GetInt64() : 0;
}
