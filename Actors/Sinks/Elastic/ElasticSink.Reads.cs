using System.Runtime.CompilerServices;
using System.Text.Json;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Elastic;

using Embedding = Sluice.Streams.Vectors.Embedding; // Here, because the namespace hides the type.

internal sealed partial class ElasticSink
{
    private const int ListPage = 5_000;
    private const string KeepAlive = "5m";

    public async Task<long> CountAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        if (await FindAsync(cancellationToken).ConfigureAwait(false) is null)
        {
            return 0;
        }

        await MakeVisibleAsync(cancellationToken).ConfigureAwait(false);
        return await CountSeenAsync(cancellationToken).ConfigureAwait(false);
    }

    public async IAsyncEnumerable<IReadOnlyList<StoredChunkId>> ListIdsAsync(DocumentId? document, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        if (await FindAsync(cancellationToken).ConfigureAwait(false) is null)
        {
            yield break;
        }

        await MakeVisibleAsync(cancellationToken).ConfigureAwait(false);
        var point = await AskAsync(HttpMethod.Post, _dialect.OpenPointInTime(_index, KeepAlive), null, answer => answer.GetProperty(_dialect.PointInTimeProperty).GetString(), null, cancellationToken)
            .ConfigureAwait(false);
        if (point is null)
        {
            yield break;
        }

        try
        {
            JsonElement? after = null;
            while (true)
            {
                var page = new List<StoredChunkId>();
                (after, var read, point) = await AskAsync(
                    HttpMethod.Post,
                    "_search",
                    json => WriteListing(json, point, document, after),
                    answer => ReadListing(answer, page, point),
                    (null, 0, point),
                    cancellationToken).ConfigureAwait(false);
                if (page.Count > 0)
                {
                    yield return page;
                }

                if (read < ListPage)
                {
                    yield break;
                }
            }
        }
        finally
        {
            await CloseAsync(point).ConfigureAwait(false);
        }
    }

    public async Task<IReadOnlyDictionary<ChunkId, Embedding>> FetchEmbeddingsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        var fetched = new Dictionary<ChunkId, Embedding>(ids.Count);
        if (ids.Count == 0 || await FindAsync(cancellationToken).ConfigureAwait(false) is not { Info.Kind: var kind })
        {
            return fetched;
        }

        await ServerAsync(cancellationToken).ConfigureAwait(false);
        await SeeAsync(cancellationToken).ConfigureAwait(false);
        var found = await ReadSourcesAsync(
            ids.Select(static id => id.Value),
            json => WriteSource(json, vectors: true, [ElasticFields.Embedding, ElasticFields.Tokens, ElasticFields.TokenNorms, ElasticFields.Sparse]),
            (id, source) => (Id: new ChunkId(id), Embedding: StoredDocument.ReadEmbedding(source, kind)),
            cancellationToken).ConfigureAwait(false);
        foreach (var (id, embedding) in found)
        {
            if (embedding is not null)
            {
                fetched[id] = embedding;
            }
        }

        return fetched;
    }

    public async Task<IReadOnlyList<VectorRecord>> ReadRecordsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        if (ids.Count == 0 || await FindAsync(cancellationToken).ConfigureAwait(false) is not { Info.Kind: var kind })
        {
            return [];
        }

        await ServerAsync(cancellationToken).ConfigureAwait(false);
        await SeeAsync(cancellationToken).ConfigureAwait(false);
        var read = await ReadSourcesAsync(
            ids.Select(static id => id.Value),
            json => WriteSource(json, vectors: true, []),
            (id, source) => StoredDocument.ReadDocument(source) is { } document && StoredDocument.ReadEmbedding(source, kind) is { } embedding
                ? StoredDocument.ReadHit(id, source, 0).ToRecord(document, embedding)
                : null,
            cancellationToken).ConfigureAwait(false);
        return [.. read.OfType<VectorRecord>()];
    }

    /// <summary>Counts what searches see.</summary>
    private Task<long> CountSeenAsync(CancellationToken cancellationToken) =>
        AskAsync(HttpMethod.Post, $"{_index}/_count", static json => WriteMatchAll(json), static answer => answer.GetProperty("count").GetInt64(), 0L, cancellationToken);

    /// <summary>Reads documents by id.</summary>
    private async Task<List<T>> ReadSourcesAsync<T>(IEnumerable<Guid> ids, Action<Utf8JsonWriter> writeSource, Func<Guid, JsonElement, T> read, CancellationToken cancellationToken)
    {
        var all = new List<T>();
        foreach (var page in ids.Chunk(Page))
        {
            all.AddRange(await AskAsync(
                HttpMethod.Post,
                $"{_index}/_search?filter_path=_shards,timed_out,hits.hits._id,hits.hits._source",
                json =>
                {
                    json.WritePropertyName("query");
                    WriteIds(json, page);
                    json.WriteNumber("size", page.Length);
                    json.WriteBoolean("track_total_hits", false);
                    writeSource(json);
                },
                answer =>
                {
                    var found = new List<T>(page.Length);
                    foreach (var hit in Hits(answer))
                    {
                        if (Guid.TryParse(hit.GetProperty("_id").GetString(), out var id) && hit.TryGetProperty("_source", out var source))
                        {
                            found.Add(read(id, source));
                        }
                    }

                    return found;
                },
                [],
                cancellationToken).ConfigureAwait(false));
        }

        return all;
    }

    /// <summary>Writes which fields are wanted.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="vectors">Whether vectors are.</param>
    /// <param name="fields">Only these; all where there are none.</param>
    private void WriteSource(Utf8JsonWriter json, bool vectors, ReadOnlySpan<string> fields)
    {
        json.WriteStartObject("_source");
        if (!vectors)
        {
            json.WriteStartArray("excludes");
            json.WriteStringValue(ElasticFields.Embedding);
            json.WriteStringValue(ElasticFields.Tokens);
            json.WriteStringValue(ElasticFields.Sparse);
            json.WriteEndArray();
        }
        else if (_server is { } server && _dialect.HidesVectors(server))
        {
            json.WriteBoolean("exclude_vectors", false);
        }

        if (fields.Length > 0)
        {
            json.WriteStartArray("includes");
            foreach (var field in fields)
            {
                json.WriteStringValue(field);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private void WriteListing(Utf8JsonWriter json, string? point, DocumentId? document, JsonElement? after)
    {
        json.WriteStartObject("pit");
        json.WriteString("id", point);
        json.WriteString("keep_alive", KeepAlive);
        json.WriteEndObject();
        json.WriteNumber("size", ListPage);
        json.WriteBoolean("track_total_hits", false);
        json.WriteStartObject("_source");
        json.WriteStartArray("includes");
        json.WriteStringValue(ElasticFields.Document);
        json.WriteEndArray();
        json.WriteEndObject();
        if (document is { } only)
        {
            json.WriteStartObject("query");
            json.WriteStartObject("term");
            json.WriteStartObject(ElasticFields.Document);
            json.WriteString("value", only.Value);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteStartArray("sort");
        _dialect.WriteListingOrder(json);
        json.WriteEndArray();
        if (after is { } last)
        {
            json.WritePropertyName("search_after");
            last.WriteTo(json);
        }
    }

    private static (JsonElement? After, int Read, string? Point) ReadListing(JsonElement answer, List<StoredChunkId> page, string? point)
    {
        var (read, after) = (0, (JsonElement?)null);
        foreach (var hit in Hits(answer))
        {
            read++;
            after = hit.GetProperty("sort").Clone();
            if (Guid.TryParse(hit.GetProperty("_id").GetString(), out var id))
            {
                // A document that others put there without naming one is nobody's: it is listed, so that it can be found and removed.
                var document = hit.TryGetProperty("_source", out var source) ? StoredDocument.ReadDocument(source) : null;
                page.Add(new StoredChunkId(document ?? default, new ChunkId(id)));
            }
        }

        return (after, read, answer.TryGetProperty("pit_id", out var renewed) ? renewed.GetString() : point);
    }

    /// <summary>Lets the server forget a point in time; it does so by itself after a while.</summary>
    private async Task CloseAsync(string? point)
    {
        if (_disposed != 0 || point is null)
        {
            return;
        }

        try
        {
            await AskAsync(HttpMethod.Delete, _dialect.ClosePointInTimePath, json => _dialect.WriteClosePointInTime(json, point), static _ => true, false, CancellationToken.None, s_closing).ConfigureAwait(false);
        }
        catch (Sluice.Streams.Failures.SluiceException)
        {
            // It runs out by itself, and the listing is over either way.
        }
    }

    private static readonly TimeSpan s_closing = TimeSpan.FromSeconds(5);

    private static void WriteMatchAll(Utf8JsonWriter json)
    {
        json.WriteStartObject("query");
        json.WriteStartObject("match_all");
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
