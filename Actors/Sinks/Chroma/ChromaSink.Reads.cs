using System.Runtime.CompilerServices;
using System.Text.Json;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Chroma;

using Embedding = Sluice.Streams.Vectors.Embedding; // Here, because the namespace hides the type.

internal sealed partial class ChromaSink
{
    private const int ListPage = 1_000;

    public Task<long> CountAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return CallAsync(new ChromaCall(HttpMethod.Get, "count"), static answer => answer.GetInt64(), 0L, cancellationToken);
    }

    public IAsyncEnumerable<IReadOnlyList<StoredChunkId>> ListIdsAsync(DocumentId? document, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return document is { } only ? ListAsync(only, cancellationToken) : ListAsync(cancellationToken);
    }

    public async Task<IReadOnlyDictionary<ChunkId, Embedding>> FetchEmbeddingsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        var fetched = new Dictionary<ChunkId, Embedding>(ids.Count);
        foreach (var page in ids.Chunk(PageSize))
        {
            await GetAsync(
                page.Select(static id => id.Value),
                ["embeddings"],
                (id, columns) =>
                {
                    if (ChromaRecords.ReadEmbedding(columns.Embedding) is { } embedding)
                    {
                        fetched[new ChunkId(id)] = embedding;
                    }
                },
                cancellationToken).ConfigureAwait(false);
        }

        return fetched;
    }

    public async Task<IReadOnlyList<VectorRecord>> ReadRecordsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        var records = new List<VectorRecord>(ids.Count);
        foreach (var page in ids.Chunk(PageSize))
        {
            await GetAsync(
                page.Select(static id => id.Value),
                ["embeddings", "metadatas", "documents"],
                (id, columns) =>
                {
                    if (ChromaRecords.ReadDocument(columns.Metadata) is { } document && ChromaRecords.ReadEmbedding(columns.Embedding) is { } embedding)
                    {
                        records.Add(ChromaRecords.ReadHit(id, columns.Text, columns.Metadata, 0).ToRecord(document, embedding));
                    }
                },
                cancellationToken).ConfigureAwait(false);
        }

        return records;
    }

    private int PageSize => _address.IsCloud ? CloudRecords : ListPage;

    /// <summary>
    /// Lists all, from the end to the beginning: Chroma pages by position, in the order of writing, and whoever deletes what was listed moves only what was listed already.
    /// </summary>
    private async IAsyncEnumerable<IReadOnlyList<StoredChunkId>> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var end = await CountAsync(cancellationToken).ConfigureAwait(false); end > 0;)
        {
            var start = Math.Max(0, end - PageSize);
            var page = await CallAsync(
                new ChromaCall(HttpMethod.Post, "get")
                {
                    Write = json =>
                    {
                        json.WriteNumber("offset", start);
                        json.WriteNumber("limit", end - start);
                        ChromaBodies.WriteInclude(json, "metadatas");
                    },
                },
                static answer => ReadIds(answer),
                [],
                cancellationToken).ConfigureAwait(false);
            end = start;
            if (page.Count > 0)
            {
                yield return page;
            }
        }
    }

    /// <summary>Lists those of one document: their ids are read before the first page is handed out, so that deleting them moves nothing.</summary>
    private async IAsyncEnumerable<IReadOnlyList<StoredChunkId>> ListAsync(DocumentId document, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var ids = new List<Guid>();
        for (var more = true; more;)
        {
            var read = await CallAsync(
                new ChromaCall(HttpMethod.Post, "get")
                {
                    Write = json =>
                    {
                        WriteWhere(json, ChromaWhere.Documents([document]));
                        json.WriteNumber("offset", ids.Count);
                        json.WriteNumber("limit", PageSize);
                        ChromaBodies.WriteInclude(json);
                    },
                },
                static answer => answer.GetProperty("ids").EnumerateArray().Select(static id => Guid.TryParse(id.GetString(), out var parsed) ? parsed : Guid.Empty).ToList(),
                [],
                cancellationToken).ConfigureAwait(false);
            ids.AddRange(read);
            more = read.Count == PageSize;
        }

        foreach (var page in ids.Where(static id => id != Guid.Empty).Chunk(ListPage))
        {
            yield return Array.ConvertAll(page, id => new StoredChunkId(document, new ChunkId(id)));
        }
    }

    private static List<StoredChunkId> ReadIds(JsonElement answer)
    {
        var page = new List<StoredChunkId>();
        var metadatas = ChromaRecords.Column(answer, "metadatas");
        var index = 0;
        foreach (var id in answer.GetProperty("ids").EnumerateArray())
        {
            // What others put there without naming a document is nobody's: it is listed, so that it can be found and removed.
            var document = ChromaRecords.ReadDocument(metadatas[index++]);
            if (Guid.TryParse(id.GetString(), out var chunk))
            {
                page.Add(new StoredChunkId(document ?? default, new ChunkId(chunk)));
            }
        }

        return page;
    }

    /// <summary>Reads records by id.</summary>
    private Task<bool> GetAsync(IEnumerable<Guid> ids, string[] include, Action<Guid, Columns> read, CancellationToken cancellationToken) => CallAsync(
        new ChromaCall(HttpMethod.Post, "get")
        {
            Write = json =>
            {
                ChromaBodies.WriteIds(json, ids, static id => id);
                ChromaBodies.WriteInclude(json, include);
            },
        },
        answer =>
        {
            var (embeddings, metadatas, documents) = (ChromaRecords.Column(answer, "embeddings"), ChromaRecords.Column(answer, "metadatas"), ChromaRecords.Column(answer, "documents"));
            var index = 0;
            foreach (var id in answer.GetProperty("ids").EnumerateArray())
            {
                read(id.GetGuid(), new Columns(At(embeddings, index), At(metadatas, index), At(documents, index)));
                index++;
            }

            return true;
        },
        false,
        cancellationToken);

    private static JsonElement At(JsonElement column, int index) => column.ValueKind == JsonValueKind.Array ? column[index] : default;

    /// <summary>What was asked for of one record; undefined elements for the rest.</summary>
    private readonly record struct Columns(JsonElement Embedding, JsonElement Metadata, JsonElement Text);
}
