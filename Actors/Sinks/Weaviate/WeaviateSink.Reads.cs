using System.Runtime.CompilerServices;
using Sluice.Actors.Sinks.Weaviate.Protocol;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Weaviate;

using Embedding = Sluice.Streams.Vectors.Embedding;

internal sealed partial class WeaviateSink
{
    private const int ListPage = 1_000;

    public Task<long> CountAsync(CancellationToken cancellationToken) => RunAsync(
        async _ => (await _grpc.AggregateAsync(new AggregateRequest { Collection = Class, ObjectsCount = true }, cancellationToken).ConfigureAwait(false)).SingleResult?.ObjectsCount ?? 0,
        0L,
        cancellationToken);

    public async IAsyncEnumerable<IReadOnlyList<StoredChunkId>> ListIdsAsync(DocumentId? document, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (document is { } only)
        {
            // A cursor goes with no filter; a filter goes with no cursor and ends at the server's limit.
            var found = await ListAsync(new SearchRequest { Limit = MaxResults, Filters = WeaviateFilters.Documents([only]) }, cancellationToken).ConfigureAwait(false);
            if (found.Objects < MaxResults)
            {
                if (found.Ids.Count > 0)
                {
                    yield return found.Ids;
                }

                yield break;
            }
        }

        var after = Guid.Empty.ToString();
        while (true)
        {
            var page = await ListAsync(new SearchRequest { Limit = ListPage, After = after }, cancellationToken).ConfigureAwait(false);
            var ids = document is null ? page.Ids : page.Ids.FindAll(id => id.Document == document);
            if (ids.Count > 0)
            {
                yield return ids;
            }

            if (page.Objects < ListPage)
            {
                yield break;
            }

            after = page.Last;
        }
    }

    public async Task<IReadOnlyDictionary<ChunkId, Embedding>> FetchEmbeddingsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var found = new Dictionary<ChunkId, Embedding>(ids.Count);
        foreach (var result in await FetchAsync(ids, [], cancellationToken).ConfigureAwait(false))
        {
            if (ObjectReader.ReadEmbedding(result) is { } embedding)
            {
                found[ObjectReader.ReadId(result)] = embedding;
            }
        }

        return found;
    }

    public async Task<IReadOnlyList<VectorRecord>> ReadRecordsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var records = new List<VectorRecord>(ids.Count);
        foreach (var result in await FetchAsync(ids, ObjectProperties.OfHits, cancellationToken).ConfigureAwait(false))
        {
            if (ObjectReader.ReadRecord(result) is { } record)
            {
                records.Add(record);
            }
        }

        return records;
    }

    /// <summary>Reads objects by their ids, with vectors.</summary>
    private async Task<IEnumerable<SearchResult>> FetchAsync(IReadOnlyCollection<ChunkId> ids, IReadOnlyList<string> properties, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        if (ids.Count == 0)
        {
            return [];
        }

        var request = Request(properties, new MetadataRequest { Uuid = true, Vectors = { ObjectProperties.Vector } });
        request.Limit = (uint)ids.Count;
        request.Filters = WeaviateFilters.Ids(ids);
        return await RunAsync<IEnumerable<SearchResult>>(async _ => (await _grpc.SearchAsync(request, cancellationToken).ConfigureAwait(false)).Results, [], cancellationToken).ConfigureAwait(false);
    }

    private Task<(List<StoredChunkId> Ids, int Objects, string Last)> ListAsync(SearchRequest asked, CancellationToken cancellationToken) => RunAsync(
        async _ =>
        {
            var request = Request([ObjectProperties.Document], new MetadataRequest { Uuid = true });
            request.MergeFrom(asked);
            var results = (await _grpc.SearchAsync(request, cancellationToken).ConfigureAwait(false)).Results;
            var ids = new List<StoredChunkId>(results.Count);
            foreach (var result in results)
            {
                // An object that others put there belongs to no document: verification counts and removes it.
                ids.Add(new StoredChunkId(ObjectReader.ReadDocument(result) ?? new DocumentId(Guid.Empty), ObjectReader.ReadId(result)));
            }

            return (ids, results.Count, results.Count > 0 ? results[^1].Metadata.Id : "");
        },
        ([], 0, ""),
        cancellationToken);

    private SearchRequest Request(IReadOnlyList<string> properties, MetadataRequest metadata) => new()
    {
        Collection = Class,
        Properties = new PropertiesRequest { NonRefProperties = { properties } },
        Metadata = metadata,
        Uses123Api = true,
        Uses125Api = true,
        Uses127Api = true,
    };
}
