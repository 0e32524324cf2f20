using System.Text.Json;
using Sluice.Actors.Sinks.Pgvector;
using Sluice.Streams.Chunks;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Qdrant;

internal sealed partial class QdrantSink
{
    /// <summary>Hits beyond the limit that are looked at, so that equal scores at the edge are ordered by id, not by chance.</summary>
    private const int Margin = 64;

    private const int MinDepth = 50;

    public async Task<IReadOnlyList<SearchHit>> SearchAsync(SearchQuery query, CancellationToken cancellationToken)
    {
        RequireOpen();
        SearchChecks.Require(query, this, Database);
        var collection = await RequireAsync(cancellationToken).ConfigureAwait(false);
        if (query.Mode != SearchMode.FullText)
        {
            SearchChecks.RequireComparable(query, collection.Info);
        }

        var uris = query.UriGlob is { } glob ? await FindUrisAsync(new UriGlob(glob), cancellationToken).ConfigureAwait(false) : null;
        var question = query.Mode == SearchMode.Vector ? [] : Question(query.Text);
        var (byVector, byWords) = (query.Mode != SearchMode.FullText, question.Count > 0);
        if (uris is { Count: 0 } || (!byVector && !byWords))
        {
            return [];
        }

        var depth = query.Mode == SearchMode.Hybrid ? Math.Max(MinDepth, 5 * query.Limit) : query.Limit;
        var rankings = await RankAsync(
            writer =>
            {
                if (byVector)
                {
                    WriteVectorSearch(writer, query, collection, depth, uris);
                }

                if (byWords)
                {
                    WriteWordSearch(writer, query, question, depth, uris);
                }
            },
            collection,
            byVector,
            depth,
            cancellationToken).ConfigureAwait(false);
        return await ReadHitsAsync(rankings.Count == 1 && query.Mode != SearchMode.Hybrid ? Cut(rankings[0], query.Limit) : Fuse(rankings, query.Limit), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Words and phrases to look for, folded as the stored ones are.</summary>
    private static List<string> Question(string text) =>
        [.. QuestionTerms.Read(text).Select(static term => string.Join(' ', FoldedWords.Fold(term.Words).Split(' ', StringSplitOptions.RemoveEmptyEntries))).Where(static term => term.Length > 0)];

    /// <summary>Best first, equal scores by id.</summary>
    private static List<(ChunkId Id, double Score)> Cut(IEnumerable<(ChunkId Id, double Score)> hits, int limit) =>
        [.. hits.OrderByDescending(static hit => hit.Score).ThenBy(static hit => hit.Id.Value).Take(limit)];

    private static List<(ChunkId Id, double Score)> Fuse(List<List<(ChunkId Id, double Score)>> rankings, int limit)
    {
        var ranked = rankings.ConvertAll(static ranking => (IReadOnlyList<ChunkId>)ranking.ConvertAll(static hit => hit.Id));
        return Cut(ReciprocalRankFusion.Fuse([.. ranked]).Select(static pair => (pair.Key, pair.Value)), limit);
    }

    private void WriteVectorSearch(Utf8JsonWriter writer, SearchQuery query, QdrantCollection collection, int depth, List<string>? uris)
    {
        using var vectors = new QdrantPointWriter(cosine: false, fullText: false);
        writer.WriteStartObject();
        writer.WritePropertyName("query");
        vectors.WriteQuery(writer, query.Embedding!);
        writer.WriteString("using", QdrantCollection.VectorName(collection.Info.Kind));
        if (_address.Exact || _options.EfSearch > 0)
        {
            writer.WriteStartObject("params");
            if (_address.Exact)
            {
                writer.WriteBoolean("exact", true);
            }
            else
            {
                writer.WriteNumber("hnsw_ef", Math.Max(_options.EfSearch, depth));
            }

            writer.WriteEndObject();
        }

        WriteEnd(writer, depth);
        QdrantFilter.Write(writer, uris, query.Metadata, null);
        writer.WriteEndObject();
    }

    private static void WriteWordSearch(Utf8JsonWriter writer, SearchQuery query, List<string> question, int depth, List<string>? uris)
    {
        var terms = question.SelectMany(static term => term.Split(' ')).Select(static word => QdrantTerms.Term(word)).Distinct().ToList();
        writer.WriteStartObject();
        writer.WriteStartObject("query");
        writer.WriteStartArray("indices");
        terms.ForEach(term => writer.WriteNumberValue(term));
        writer.WriteEndArray();
        writer.WriteStartArray("values");
        terms.ForEach(_ => writer.WriteNumberValue(1));
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteString("using", QdrantNames.Terms);
        WriteEnd(writer, depth);

        // Single words are found by the vector alone; the words of a phrase must stand together.
        QdrantFilter.Write(writer, uris, query.Metadata, question.Exists(static term => term.Contains(' ', StringComparison.Ordinal)) ? question : null);
        writer.WriteEndObject();
    }

    private static void WriteEnd(Utf8JsonWriter writer, int depth)
    {
        writer.WriteNumber("limit", depth + Margin);
        writer.WriteBoolean("with_payload", false);
        writer.WriteBoolean("with_vector", false);
    }

    /// <summary>Runs searches in one request.</summary>
    /// <returns>A ranking of each, best first.</returns>
    private async Task<List<List<(ChunkId Id, double Score)>>> RankAsync(
        Action<Utf8JsonWriter> writeSearches, QdrantCollection collection, bool vectorsFirst, int depth, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(
            HttpMethod.Post,
            "/points/query/batch",
            writer =>
            {
                writer.WriteStartObject();
                writer.WriteStartArray("searches");
                writeSearches(writer);
                writer.WriteEndArray();
                writer.WriteEndObject();
            },
            retry: true,
            cancellationToken).ConfigureAwait(false) ?? throw Missing();
        using var json = JsonDocument.Parse(response.Body);
        var rankings = new List<List<(ChunkId Id, double Score)>>();
        foreach (var ranking in json.RootElement.GetProperty("result").EnumerateArray())
        {
            // Euclidean distances are smaller the closer.
            var sign = vectorsFirst && rankings.Count == 0 && collection.Info is { Distance: Distance.Euclidean, Kind: EmbeddingKind.Dense } ? -1 : 1;
            rankings.Add(Cut(ranking.GetProperty("points").EnumerateArray().Select(point => (QdrantPoint.Id(point), sign * point.GetProperty("score").GetDouble())), depth));
        }

        return rankings;
    }

    private async Task<IReadOnlyList<SearchHit>> ReadHitsAsync(List<(ChunkId Id, double Score)> ranked, CancellationToken cancellationToken)
    {
        if (ranked.Count == 0)
        {
            return [];
        }

        var scores = ranked.ToDictionary(static hit => hit.Id, static hit => hit.Score);
        var hits = new Dictionary<ChunkId, SearchHit>();
        await ReadPointsAsync([.. scores.Keys], withPayload: true, vector: null, point => hits[QdrantPoint.Id(point)] = QdrantPoint.Hit(point, scores[QdrantPoint.Id(point)]), cancellationToken).ConfigureAwait(false);
        return [.. ranked.Where(hit => hits.ContainsKey(hit.Id)).Select(hit => hits[hit.Id])];
    }

    /// <summary>The URIs that a glob matches: Qdrant has no patterns, so the collection's own URIs are looked through.</summary>
    private async Task<List<string>> FindUrisAsync(UriGlob glob, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(
            HttpMethod.Post,
            "/facet",
            writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("key", QdrantNames.Uri);
                writer.WriteNumber("limit", _options.MaxGlobDocuments + 1);
                writer.WriteBoolean("exact", true);
                writer.WriteEndObject();
            },
            retry: true,
            cancellationToken).ConfigureAwait(false) ?? throw Missing();
        using var json = JsonDocument.Parse(response.Body);
        var values = json.RootElement.GetProperty("result").GetProperty("hits").EnumerateArray().Select(static hit => hit.GetProperty("value").GetString()!).ToList();
        return values.Count <= _options.MaxGlobDocuments
            ? values.FindAll(glob.IsMatch)
            : throw new ConfigurationException(
                $"The collection {Place} has more than {_options.MaxGlobDocuments} documents, too many to search within a glob. Search without it, filter by metadata, or raise sluice.sinks.qdrant.max-glob-documents.");
    }
}
