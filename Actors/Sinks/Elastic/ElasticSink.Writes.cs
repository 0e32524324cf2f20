using System.Globalization;
using System.Text;
using System.Text.Json;
using Sluice.Actors.Sinks.Http;
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

    /// <summary>Sends actions, one an item.</summary>
    /// <returns>The items that the server had no room for, and what it said of the last of them.</returns>
    private async Task<(List<T> Overloaded, TransientException? Cause)> BulkAsync<T>(
        IReadOnlyList<T> items, Action<ElasticDocument, PooledBody, T> write, bool base64, CollectionInfo? info, Action<T, BulkItem> refused, CancellationToken cancellationToken)
    {
        var server = await ServerAsync(cancellationToken).ConfigureAwait(false);
        using var body = new PooledBody();
        using (var document = new ElasticDocument(body, base64, info?.Distance == Distance.Cosine))
        {
            foreach (var item in items)
            {
                write(document, body, item);
            }
        }

        List<BulkItem> failed;
        try
        {
            failed = await SendBulkAsync(server, body, items.Count, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _unseen = true;
        }

        var overloaded = new List<T>();
        BulkItem last = default;
        foreach (var failure in failed)
        {
            if (failure.IsOverloaded)
            {
                overloaded.Add(items[failure.Index]);
                last = failure;
                continue;
            }

            if (failure.Type == ElasticErrors.IndexNotFound)
            {
                _known = null;
                throw Missing();
            }

            if (failure.Status is 401 or 403)
            {
                throw _client.Failures.Denied(failure.Status, failure.Words + ".");
            }

            refused(items[failure.Index], failure);
        }

        return overloaded.Count == 0
            ? (overloaded, null)
            : (overloaded, _client.Failures.Busy(string.Create(CultureInfo.InvariantCulture, $"has no room for {overloaded.Count} of {items.Count} documents ({last.Status}, {last.Words})")));
    }

    /// <summary>Sends actions of which none may be left undone.</summary>
    private async Task BulkAsync<T>(IReadOnlyList<T> items, Action<ElasticDocument, PooledBody, T> write, Action<T, BulkItem> refused, CancellationToken cancellationToken)
    {
        if (await BulkAsync(items, write, base64: false, null, refused, cancellationToken).ConfigureAwait(false) is (_, { } cause))
        {
            throw cause;
        }
    }

    private async Task<List<BulkItem>> SendBulkAsync(ElasticServer server, PooledBody body, int count, CancellationToken cancellationToken)
    {
        using var packed = _address.Gzip ? GzipBody.Compress(body) : null;
        var request = new SinkRequest(HttpMethod.Post, $"{_index}/_bulk{_dialect.BulkParameters(server)}")
        {
            Body = packed ?? body,
            MediaType = "application/x-ndjson",
            ContentEncoding = packed is null ? null : "gzip",
        };
        using var answer = await _client.SendAsync(request, cancellationToken).ConfigureAwait(false);
        try
        {
            return BulkAnswer.ReadFailures(answer.Body.Span, count);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw _client.Failures.Fatal($"gave an answer to a bulk request that cannot be understood: {exception.Message}", exception);
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

    private static void WriteAction(PooledBody body, ReadOnlySpan<byte> before, Guid id, ReadOnlySpan<byte> after)
    {
        const int GuidLength = 36;
        var span = body.GetSpan(before.Length + GuidLength + after.Length);
        before.CopyTo(span);
        id.TryFormat(span[before.Length..], out var written);
        after.CopyTo(span[(before.Length + written)..]);
        body.Advance(before.Length + written + after.Length);
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
