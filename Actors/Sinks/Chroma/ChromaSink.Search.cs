using System.Text.Json;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Chroma;

internal sealed partial class ChromaSink
{
    /// <summary>Hits beyond the limit that are looked at, so that equal scores at the edge are ordered by id, not by chance.</summary>
    private const int Margin = 64;

    /// <summary>Neighbours that are looked through for documents of a glob before the documents are looked up instead.</summary>
    private const int MaxLookedThrough = 16_384;

    private const int GrowthFactor = 4;
    private const int DocumentsAtOnce = 500;

    public async Task<IReadOnlyList<SearchHit>> SearchAsync(SearchQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        SearchChecks.Require(query, this, "Chroma");
        var collection = await RequireAsync(cancellationToken).ConfigureAwait(false);
        SearchChecks.RequireComparable(query, collection.Info);
        var vector = ((DenseEmbedding)query.Embedding!).Values;
        if (!vector.Span.ContainsAnyExcept(0) && collection.Info.Distance == Distance.Cosine)
        {
            return []; // A question without an angle is near to nothing.
        }

        var ranked = query.UriGlob is null
            ? (await NearestAsync(vector, query.Limit + Margin, ChromaWhere.Metadata(query.Metadata), null, collection, cancellationToken).ConfigureAwait(false)).Hits
            : await NearestOfGlobAsync(vector, query, new UriGlob(query.UriGlob), collection, cancellationToken).ConfigureAwait(false);
        return await ReadHitsAsync(Order(ranked, query.Limit), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Chroma knows no patterns on metadata. More and more neighbours are looked through until enough of them match; where few of many do, the documents that match are looked
    /// up and the neighbours among their chunks are asked for.
    /// </summary>
    private async Task<List<Neighbour>> NearestOfGlobAsync(ReadOnlyMemory<float> vector, SearchQuery query, UriGlob glob, ChromaCollection collection, CancellationToken cancellationToken)
    {
        var metadata = ChromaWhere.Metadata(query.Metadata);
        for (var count = GrowthFactor * (query.Limit + Margin); count <= MaxLookedThrough; count *= GrowthFactor)
        {
            var (hits, complete) = await NearestAsync(vector, count, metadata, glob, collection, cancellationToken).ConfigureAwait(false);
            if (complete || hits.Count >= query.Limit + Margin)
            {
                return hits;
            }
        }

        var found = new List<Neighbour>();
        foreach (var documents in (await MatchingDocumentsAsync(glob, cancellationToken).ConfigureAwait(false)).Chunk(DocumentsAtOnce))
        {
            var where = metadata is null ? ChromaWhere.Documents(documents) : ChromaWhere.All(ChromaWhere.Documents(documents), metadata);
            found = Order([.. found, .. (await NearestAsync(vector, query.Limit + Margin, where, null, collection, cancellationToken).ConfigureAwait(false)).Hits], query.Limit + Margin);
        }

        return found;
    }

    private async Task<List<DocumentId>> MatchingDocumentsAsync(UriGlob glob, CancellationToken cancellationToken)
    {
        var (matching, others) = (new HashSet<DocumentId>(), new HashSet<DocumentId>());
        for (long start = 0, read = PageSize; read == PageSize; start += read)
        {
            var offset = start;
            read = await CallAsync(
                new ChromaCall(HttpMethod.Post, "get")
                {
                    Write = json =>
                    {
                        json.WriteNumber("offset", offset);
                        json.WriteNumber("limit", PageSize);
                        ChromaBodies.WriteInclude(json, "metadatas");
                    },
                },
                answer =>
                {
                    foreach (var metadata in ChromaRecords.Column(answer, "metadatas").EnumerateArray())
                    {
                        if (ChromaRecords.ReadDocument(metadata) is { } document && !matching.Contains(document) && !others.Contains(document))
                        {
                            (glob.IsMatch(ChromaRecords.ReadUri(metadata) ?? "") ? matching : others).Add(document);
                        }
                    }

                    return answer.GetProperty("ids").GetArrayLength();
                },
                0,
                cancellationToken).ConfigureAwait(false);
        }

        return [.. matching];
    }

    /// <summary>Asks for neighbours.</summary>
    /// <returns>Those that match, and whether there are no others.</returns>
    private Task<(List<Neighbour> Hits, bool Complete)> NearestAsync(
        ReadOnlyMemory<float> vector, int count, Action<Utf8JsonWriter>? where, UriGlob? glob, ChromaCollection collection, CancellationToken cancellationToken)
    {
        var most = _address.IsCloud ? Math.Min(CloudRecords, count) : count;
        return CallAsync(
            new ChromaCall(HttpMethod.Post, "query")
            {
                Write = json =>
                {
                    json.WriteStartArray("query_embeddings");
                    ChromaBodies.WriteVector(json, vector.Span, base64: false);
                    json.WriteEndArray();
                    json.WriteNumber("n_results", most);
                    WriteWhere(json, where);
                    if (glob is null)
                    {
                        ChromaBodies.WriteInclude(json, "distances");
                    }
                    else
                    {
                        ChromaBodies.WriteInclude(json, "distances", "metadatas");
                    }
                },
            },
            answer => ReadNeighbours(answer, glob, collection.Info.Distance, most),
            ([], true),
            cancellationToken);
    }

    private static (List<Neighbour> Hits, bool Complete) ReadNeighbours(JsonElement answer, UriGlob? glob, Distance compared, int asked)
    {
        var hits = new List<Neighbour>();
        var (ids, distances) = (answer.GetProperty("ids")[0], answer.GetProperty("distances")[0]);
        var metadatas = ChromaRecords.Column(answer, "metadatas");
        for (var i = 0; i < ids.GetArrayLength(); i++)
        {
            if (Guid.TryParse(ids[i].GetString(), out var id) && distances[i].ValueKind == JsonValueKind.Number
                && (glob is null || (ChromaRecords.ReadUri(metadatas[0][i]) is { } uri && glob.IsMatch(uri))))
            {
                var distance = distances[i].GetDouble();
                hits.Add(new Neighbour(id, compared == Distance.Euclidean ? -Math.Sqrt(Math.Max(0, distance)) : 1 - distance));
            }
        }

        return (hits, ids.GetArrayLength() < asked);
    }

    private async Task<List<SearchHit>> ReadHitsAsync(List<Neighbour> ranked, CancellationToken cancellationToken)
    {
        var scores = ranked.ToDictionary(static hit => hit.Id, static hit => hit.Score);
        var hits = new Dictionary<Guid, SearchHit>(ranked.Count);
        foreach (var page in ranked.Chunk(PageSize))
        {
            await GetAsync(
                page.Select(static hit => hit.Id),
                ["metadatas", "documents"],
                (id, columns) => hits[id] = ChromaRecords.ReadHit(id, columns.Text, columns.Metadata, scores[id]),
                cancellationToken).ConfigureAwait(false);
        }

        // A chunk that was deleted meanwhile is left out.
        return ranked.FindAll(hit => hits.ContainsKey(hit.Id)).ConvertAll(hit => hits[hit.Id]);
    }

    /// <summary>Best first, equals by id.</summary>
    private static List<Neighbour> Order(List<Neighbour> hits, int limit)
    {
        hits.Sort(static (one, other) => other.Score.CompareTo(one.Score) is var order and not 0 ? order : one.Id.CompareTo(other.Id));
        return hits.Count > limit ? hits[..limit] : hits;
    }

    private readonly record struct Neighbour(Guid Id, double Score);
}
