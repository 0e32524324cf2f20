using System.Text.Json;
using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Chunks;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Pinecone;

internal sealed partial class PineconeSink
{
    /// <summary>Hits beyond the limit that are looked at, so that equal scores at the edge are ordered by id, not by chance.</summary>
    private const int Margin = 64;

    /// <summary>Most hits of a query.</summary>
    private const int MostHits = 10_000;

    /// <summary>How much more a query asks for when too few of its hits match a glob.</summary>
    private const int Growth = 5;

    public async Task<IReadOnlyList<SearchHit>> SearchAsync(SearchQuery query, CancellationToken cancellationToken)
    {
        RequireOpen();
        SearchChecks.Require(query, this, Database);
        var index = await RequireAsync(cancellationToken).ConfigureAwait(false);
        SearchChecks.RequireComparable(query, index.Info);
        var glob = query.UriGlob is null ? null : new UriGlob(query.UriGlob);
        for (var most = query.Limit + Margin; ; most = Math.Min(most * Growth, MostHits))
        {
            var ranked = await RankAsync(index, query, most, cancellationToken).ConfigureAwait(false);
            var hits = await ReadHitsAsync(index, ranked, query.Limit, glob, cancellationToken).ConfigureAwait(false);
            if (glob is null || hits.Count == query.Limit || ranked.Count < most)
            {
                return hits;
            }

            if (most == MostHits)
            {
                throw new ConfigurationException(
                    $"Pinecone knows no patterns, and among the {MostHits} nearest chunks that share the plain parts of '{query.UriGlob}' only {hits.Count} match it. Name more of the path without wildcards.");
            }
        }
    }

    /// <summary>Ids with scores, best first, equal scores by id.</summary>
    private async Task<List<(ChunkId Id, double Score)>> RankAsync(PineconeIndex index, SearchQuery query, int most, CancellationToken cancellationToken)
    {
        using var body = new PooledBody();
        using var numbers = new JsonVector();
        Write(body, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("namespace", _address.Namespace);
            writer.WriteNumber("topK", most);
            WriteVector(writer, numbers, query.Embedding!, "vector", "sparseVector");
            WriteFilter(writer, query);
            writer.WriteBoolean("includeValues", false);
            writer.WriteBoolean("includeMetadata", false);
            writer.WriteEndObject();
        });
        using var response = await Data(index).SendAsync(new SinkRequest(HttpMethod.Post, "query") { Body = body, Retry = true, Accept = [404] }, cancellationToken).ConfigureAwait(false);
        if (response.Status == 404)
        {
            return [];
        }

        // Of Euclidean distances, Pinecone tells the square, smaller the closer.
        using var json = JsonDocument.Parse(response.Body);
        var euclidean = index.Info is { Distance: Distance.Euclidean, Kind: EmbeddingKind.Dense };
        return json.RootElement.TryGetProperty("matches", out var matches)
            ? [.. matches.EnumerateArray()
                .Select(match => (PineconeMetadata.Id(match), Score: euclidean ? -Math.Sqrt(Math.Max(0, match.GetProperty("score").GetDouble())) : match.GetProperty("score").GetDouble()))
                .OrderByDescending(static hit => hit.Score).ThenBy(static hit => hit.Item1.Value)]
            : [];
    }

    private static void WriteFilter(Utf8JsonWriter writer, SearchQuery query)
    {
        List<(string Field, string Value)> conditions =
        [
            .. query.Metadata.Select(static pair => (PineconeMetadata.Prefix + pair.Key, pair.Value)),
            .. (query.UriGlob is { } glob ? PineconeMetadata.SegmentsOfGlob(glob) : []).Select(static segment => (PineconeMetadata.Segments, segment)),
        ];
        if (conditions.Count == 0)
        {
            return;
        }

        writer.WriteStartObject("filter");
        writer.WriteStartArray("$and");
        foreach (var (field, value) in conditions)
        {
            writer.WriteStartObject();
            writer.WriteStartObject(field);
            writer.WriteString("$eq", value);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>Reads the first hits that match a glob.</summary>
    private async Task<List<SearchHit>> ReadHitsAsync(PineconeIndex index, List<(ChunkId Id, double Score)> ranked, int limit, UriGlob? glob, CancellationToken cancellationToken)
    {
        var hits = new List<SearchHit>();
        for (var from = 0; from < ranked.Count && hits.Count < limit;)
        {
            // As many as are missing; with a glob, a few pages more.
            var page = ranked.Skip(from).Take(glob is null ? limit - hits.Count : Math.Max(limit - hits.Count, PageSize * Fetchers)).ToList();
            from += page.Count;
            var found = new Dictionary<ChunkId, JsonElement>();
            await FetchAllAsync(index, [.. page.Select(static hit => hit.Id)], record => found[PineconeMetadata.Id(record)] = record.Clone(), cancellationToken).ConfigureAwait(false);
            hits.AddRange(page.Where(hit => found.ContainsKey(hit.Id)).Select(hit => PineconeMetadata.Hit(found[hit.Id], hit.Score)).Where(hit => glob?.IsMatch(hit.Uri) ?? true).Take(limit - hits.Count));
        }

        return hits;
    }
}
