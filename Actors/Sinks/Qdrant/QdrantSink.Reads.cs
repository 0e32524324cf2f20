using System.Runtime.CompilerServices;
using System.Text.Json;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Qdrant;

internal sealed partial class QdrantSink
{
    public async Task<long> CountAsync(CancellationToken cancellationToken)
    {
        RequireOpen();
        using var response = await SendAsync(
            HttpMethod.Post,
            "/points/count",
            static writer =>
            {
                writer.WriteStartObject();
                writer.WriteBoolean("exact", true);
                writer.WriteEndObject();
            },
            retry: true,
            cancellationToken).ConfigureAwait(false);
        if (response is null)
        {
            return 0;
        }

        using var json = JsonDocument.Parse(response.Body);
        return json.RootElement.GetProperty("result").GetProperty("count").GetInt64();
    }

    public async IAsyncEnumerable<IReadOnlyList<StoredChunkId>> ListIdsAsync(DocumentId? document, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        RequireOpen();
        string? next = null;
        do
        {
            using var response = await SendAsync(HttpMethod.Post, "/points/scroll", writer => WriteScroll(writer, document, next), retry: true, cancellationToken).ConfigureAwait(false);
            if (response is null)
            {
                yield break;
            }

            using var json = JsonDocument.Parse(response.Body);
            var result = json.RootElement.GetProperty("result");
            List<StoredChunkId> page = [.. result.GetProperty("points").EnumerateArray().Select(static point => new StoredChunkId(QdrantPoint.Document(point), QdrantPoint.Id(point)))];
            next = result.TryGetProperty("next_page_offset", out var offset) ? offset.GetString() : null;
            if (page.Count > 0)
            {
                yield return page;
            }
        }
        while (next is not null);
    }

    public async Task<IReadOnlyDictionary<ChunkId, Streams.Vectors.Embedding>> FetchEmbeddingsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        RequireOpen();
        var found = new Dictionary<ChunkId, Streams.Vectors.Embedding>();
        if (ids.Count > 0 && await FindAsync(cancellationToken).ConfigureAwait(false) is { Info.Kind: var kind })
        {
            await ReadPointsAsync(ids, withPayload: true, QdrantCollection.VectorName(kind), point => found[QdrantPoint.Id(point)] = QdrantPoint.Embedding(point, kind), cancellationToken).ConfigureAwait(false);
        }

        return found;
    }

    public async Task<IReadOnlyList<VectorRecord>> ReadRecordsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        RequireOpen();
        var found = new List<VectorRecord>();
        if (ids.Count > 0 && await FindAsync(cancellationToken).ConfigureAwait(false) is { Info.Kind: var kind })
        {
            await ReadPointsAsync(
                ids,
                withPayload: true,
                QdrantCollection.VectorName(kind),
                point => found.Add(QdrantPoint.Hit(point, 0).ToRecord(QdrantPoint.Document(point), QdrantPoint.Embedding(point, kind))),
                cancellationToken).ConfigureAwait(false);
        }

        return found;
    }

    private static void WriteScroll(Utf8JsonWriter writer, DocumentId? document, string? from)
    {
        writer.WriteStartObject();
        writer.WriteNumber("limit", PageSize);
        writer.WriteStartArray("with_payload");
        writer.WriteStringValue(QdrantNames.Document);
        writer.WriteEndArray();
        writer.WriteBoolean("with_vector", false);
        if (from is not null)
        {
            writer.WriteString("offset", from);
        }

        if (document is { } only)
        {
            writer.WriteStartObject("filter");
            writer.WriteStartArray("must");
            QdrantFilter.WriteAny(writer, QdrantNames.Document, [only.ToString()]);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    /// <summary>Reads points by id.</summary>
    private async Task ReadPointsAsync(IReadOnlyCollection<ChunkId> ids, bool withPayload, string? vector, Action<JsonElement> take, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(
            HttpMethod.Post,
            "/points",
            writer =>
            {
                writer.WriteStartObject();
                writer.WriteStartArray("ids");
                foreach (var id in ids)
                {
                    writer.WriteStringValue(id.Value);
                }

                writer.WriteEndArray();
                writer.WriteBoolean("with_payload", withPayload);
                if (vector is null)
                {
                    writer.WriteBoolean("with_vector", false);
                }
                else
                {
                    writer.WriteStartArray("with_vector");
                    writer.WriteStringValue(vector);
                    writer.WriteEndArray();
                }

                writer.WriteEndObject();
            },
            retry: true,
            cancellationToken).ConfigureAwait(false);
        if (response is null)
        {
            return;
        }

        using var json = JsonDocument.Parse(response.Body);
        foreach (var point in json.RootElement.GetProperty("result").EnumerateArray())
        {
            take(point);
        }
    }
}
