using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Pinecone;

internal sealed partial class PineconeSink
{
    /// <summary>Most ids of a page of a listing, and ids of a fetch: they stand in its address, which must not get too long.</summary>
    private const int PageSize = 100;

    /// <summary>Fetches at once.</summary>
    private const int Fetchers = 4;

    /// <summary>Counts by listing: the numbers that Pinecone keeps lag behind and are no count.</summary>
    public async Task<long> CountAsync(CancellationToken cancellationToken)
    {
        await MakeVisibleAsync(cancellationToken).ConfigureAwait(false);
        long count = 0;
        if (await FindAsync(cancellationToken).ConfigureAwait(false) is { } index)
        {
            await foreach (var page in ListAsync(index, cancellationToken).ConfigureAwait(false))
            {
                count += page.Count;
            }
        }

        return count;
    }

    public async IAsyncEnumerable<IReadOnlyList<StoredChunkId>> ListIdsAsync(DocumentId? document, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        RequireOpen();
        if (await FindAsync(cancellationToken).ConfigureAwait(false) is not { } index)
        {
            yield break;
        }

        if (document is { } only)
        {
            await foreach (var page in ListDocumentAsync(index, only, cancellationToken).ConfigureAwait(false))
            {
                yield return page;
            }

            yield break;
        }

        // A listing gives ids alone; which document a chunk is of, its record says.
        await foreach (var ids in ListAsync(index, cancellationToken).ConfigureAwait(false))
        {
            var page = new List<StoredChunkId>(ids.Count);
            await FetchAsync(index, ids, record => page.Add(new StoredChunkId(PineconeMetadata.DocumentOf(record), PineconeMetadata.Id(record))), cancellationToken).ConfigureAwait(false);
            if (page.Count > 0)
            {
                yield return page;
            }
        }
    }

    public async Task<IReadOnlyDictionary<ChunkId, Streams.Vectors.Embedding>> FetchEmbeddingsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        RequireOpen();
        var found = new Dictionary<ChunkId, Streams.Vectors.Embedding>();
        if (ids.Count > 0 && await FindAsync(cancellationToken).ConfigureAwait(false) is { } index)
        {
            await FetchAllAsync(index, ids, record => found[PineconeMetadata.Id(record)] = ReadEmbedding(record), cancellationToken).ConfigureAwait(false);
        }

        return found;
    }

    public async Task<IReadOnlyList<VectorRecord>> ReadRecordsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        RequireOpen();
        var found = new List<VectorRecord>();
        if (ids.Count > 0 && await FindAsync(cancellationToken).ConfigureAwait(false) is { } index)
        {
            await FetchAllAsync(
                index, ids, record => found.Add(PineconeMetadata.Hit(record, 0).ToRecord(PineconeMetadata.DocumentOf(record), ReadEmbedding(record))), cancellationToken).ConfigureAwait(false);
        }

        return found;
    }

    private static Streams.Vectors.Embedding ReadEmbedding(JsonElement record)
    {
        if (record.TryGetProperty("values", out var values) && values.GetArrayLength() > 0)
        {
            return new DenseEmbedding(Floats(values));
        }

        var sparse = record.GetProperty("sparseValues");
        int[] indices = [.. sparse.GetProperty("indices").EnumerateArray().Select(static index => (int)index.GetInt64())];
        var weights = Floats(sparse.GetProperty("values"));
        Array.Sort(indices, weights);
        return new SparseEmbedding(indices, weights);
    }

    private static float[] Floats(JsonElement array)
    {
        var values = new float[array.GetArrayLength()];
        var at = 0;
        foreach (var value in array.EnumerateArray())
        {
            values[at++] = value.GetSingle();
        }

        return values;
    }

    /// <summary>Lists ids in pages.</summary>
    private async IAsyncEnumerable<List<ChunkId>> ListAsync(PineconeIndex index, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var start = $"vectors/list?namespace={Uri.EscapeDataString(_address.Namespace)}&limit={PageSize}";
        string? token = null;
        do
        {
            var path = token is null ? start : $"{start}&paginationToken={Uri.EscapeDataString(token)}";
            using var response = await Data(index).SendAsync(new SinkRequest(HttpMethod.Get, path) { Accept = [404], Retry = true }, cancellationToken).ConfigureAwait(false);
            if (response.Status == 404)
            {
                yield break;
            }

            using var json = JsonDocument.Parse(response.Body);
            List<ChunkId> page = json.RootElement.TryGetProperty("vectors", out var vectors) ? [.. vectors.EnumerateArray().Select(PineconeMetadata.Id)] : [];
            token = Next(json.RootElement);
            if (page.Count > 0)
            {
                yield return page;
            }
        }
        while (token is not null);
    }

    private async IAsyncEnumerable<List<StoredChunkId>> ListDocumentAsync(PineconeIndex index, DocumentId document, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? token = null;
        do
        {
            using var body = new PooledBody(4096);
            Write(body, writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("namespace", _address.Namespace);
                WriteDocumentFilter(writer, [document]);
                writer.WriteNumber("limit", PageSize);
                if (token is not null)
                {
                    writer.WriteString("paginationToken", token);
                }

                writer.WriteEndObject();
            });
            using var response = await Data(index).SendAsync(new SinkRequest(HttpMethod.Post, "vectors/fetch_by_metadata") { Body = body, Accept = [404], Retry = true }, cancellationToken).ConfigureAwait(false);
            if (response.Status == 404)
            {
                yield break;
            }

            using var json = JsonDocument.Parse(response.Body);
            List<StoredChunkId> page = json.RootElement.TryGetProperty("vectors", out var vectors)
                ? [.. vectors.EnumerateObject().Select(record => new StoredChunkId(document, PineconeMetadata.Id(record.Value)))]
                : [];
            token = Next(json.RootElement);
            if (page.Count > 0)
            {
                yield return page;
            }
        }
        while (token is not null);
    }

    private static string? Next(JsonElement answer) =>
        answer.TryGetProperty("pagination", out var pagination) && pagination.ValueKind == JsonValueKind.Object && pagination.TryGetProperty("next", out var next) && next.GetString() is { Length: > 0 } token ? token : null;

    /// <summary>Fetches records, some pages at once.</summary>
    private async Task FetchAllAsync(PineconeIndex index, IReadOnlyCollection<ChunkId> ids, Action<JsonElement> take, CancellationToken cancellationToken)
    {
        var gate = new Lock();
        await Parallel.ForEachAsync(
            ids.Chunk(PageSize),
            new ParallelOptions { MaxDegreeOfParallelism = Fetchers, CancellationToken = cancellationToken },
            async (page, token) => await FetchAsync(
                index,
                page,
                record =>
                {
                    lock (gate)
                    {
                        take(record);
                    }
                },
                token).ConfigureAwait(false)).ConfigureAwait(false);
    }

    /// <summary>Fetches records, <see cref="PageSize"/> at most.</summary>
    private async Task FetchAsync(PineconeIndex index, IReadOnlyCollection<ChunkId> ids, Action<JsonElement> take, CancellationToken cancellationToken)
    {
        var path = new StringBuilder("vectors/fetch?namespace=").Append(Uri.EscapeDataString(_address.Namespace));
        foreach (var id in ids)
        {
            path.Append("&ids=").Append(id.Value);
        }

        using var response = await Data(index).SendAsync(new SinkRequest(HttpMethod.Get, path.ToString()) { Accept = [404], Retry = true }, cancellationToken).ConfigureAwait(false);
        if (response.Status == 404)
        {
            return;
        }

        using var json = JsonDocument.Parse(response.Body);
        if (json.RootElement.TryGetProperty("vectors", out var vectors))
        {
            foreach (var record in vectors.EnumerateObject())
            {
                take(record.Value);
            }
        }
    }
}
