using System.Text.Json;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Elastic;

internal sealed partial class ElasticSink
{
    /// <summary>Hits beyond the limit that are looked at, so that equal scores at the edge are ordered by id, not by chance.</summary>
    private const int Margin = 64;

    private const int MinDepth = 50;

    /// <summary>Most candidates that the servers take.</summary>
    private const int MaxCandidates = 10_000;

    public async Task<IReadOnlyList<SearchHit>> SearchAsync(SearchQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        SearchChecks.Require(query, this, _dialect.Database);
        var index = await RequireAsync(cancellationToken).ConfigureAwait(false);
        await SeeAsync(cancellationToken).ConfigureAwait(false);
        List<(Guid Id, double Score)> ranked;
        switch (query.Mode)
        {
            case SearchMode.Vector:
                ranked = await SearchVectorsAsync(query, index, query.Limit, cancellationToken).ConfigureAwait(false);
                break;
            case SearchMode.FullText:
                ranked = await SearchWordsAsync(query, query.Limit, cancellationToken).ConfigureAwait(false);
                break;
            default:
                var depth = Math.Max(MinDepth, 5 * query.Limit);
                var byVector = SearchVectorsAsync(query, index, depth, cancellationToken);
                var byWords = SearchWordsAsync(query, depth, cancellationToken);
                await Task.WhenAll(byVector, byWords).ConfigureAwait(false);
                ranked = HitRanking.Fuse(await byVector.ConfigureAwait(false), await byWords.ConfigureAwait(false), query.Limit);
                break;
        }

        return await ReadHitsAsync(ranked, cancellationToken).ConfigureAwait(false);
    }

    private async Task<List<(Guid Id, double Score)>> SearchVectorsAsync(SearchQuery query, ElasticIndex index, int depth, CancellationToken cancellationToken)
    {
        SearchChecks.RequireComparable(query, index.Info);
        var filter = ElasticQueries.Filter(query);
        switch (query.Embedding)
        {
            case SparseEmbedding sparse:
                return sparse.Values.Span.ContainsAnyInRange(float.Epsilon, float.MaxValue)
                    ? await RankAsync(json =>
                    {
                        json.WritePropertyName("query");
                        _dialect.WriteSparse(json, sparse, filter);
                        WriteOrder(json);
                    }, depth, static score => score, cancellationToken).ConfigureAwait(false)
                    : [];
            case MultiVectorEmbedding several:
                return await SearchRowsAsync(several, index, filter, depth, cancellationToken).ConfigureAwait(false);
        }

        var vector = ((DenseEmbedding)query.Embedding!).Values;
        if (!vector.Span.ContainsAnyExcept(0) && index.Info.Distance == Distance.Cosine)
        {
            return []; // A question without an angle is near to nothing.
        }

        var distance = index.Info.Distance;
        if (await ComparesExactlyAsync(index, cancellationToken).ConfigureAwait(false))
        {
            return await RankAsync(json =>
            {
                WriteScripted(json, filter, ElasticFields.Embedding, inner => _dialect.WriteExactScript(inner, vector.Span, distance));
                WriteOrder(json);
            }, depth + Margin, score => _dialect.FromExactScore(score, distance), cancellationToken, depth).ConfigureAwait(false);
        }

        var server = await ServerAsync(cancellationToken).ConfigureAwait(false);
        return await RankAsync(
            json => _dialect.WriteNearest(json, Question(vector, depth + Margin, index), filter, server),
            depth + Margin,
            score => ElasticDialect.FromIndexScore(score, distance),
            cancellationToken,
            depth).ConfigureAwait(false);
    }

    /// <summary>Compares all vectors of a chunk with all of the question: with those of every chunk where there are few, else of those whose mean vector is near.</summary>
    private async Task<List<(Guid Id, double Score)>> SearchRowsAsync(MultiVectorEmbedding several, ElasticIndex index, Action<Utf8JsonWriter>? filter, int depth, CancellationToken cancellationToken)
    {
        several = index.Info.Distance == Distance.Cosine ? UnitRows.Of(several) : several;
        var candidates = filter;
        if (!await ComparesExactlyAsync(index, cancellationToken).ConfigureAwait(false))
        {
            var mean = new float[several.Dimension];
            MeanVector.Compute(several, mean);
            var server = await ServerAsync(cancellationToken).ConfigureAwait(false);
            var wide = Math.Min(MaxCandidates, Math.Max(_options.Candidates, 4 * depth));
            var near = await RankAsync(json => _dialect.WriteNearest(json, Question(mean, wide, index), filter, server), wide, static score => score, cancellationToken).ConfigureAwait(false);
            candidates = json => WriteIds(json, near.Select(static hit => hit.Id));
        }

        return await RankAsync(
            json =>
            {
                // The rows themselves are not indexed in both databases: where they are, there is a mean vector.
                WriteScripted(json, candidates, ElasticFields.Embedding, inner => _dialect.WriteLateInteractionScript(inner, several));
                WriteOrder(json);
            },
            depth + Margin,
            _dialect.FromLateInteractionScore,
            cancellationToken,
            depth).ConfigureAwait(false);
    }

    private async Task<List<(Guid Id, double Score)>> SearchWordsAsync(SearchQuery query, int depth, CancellationToken cancellationToken)
    {
        var terms = QuestionTerms.Read(query.Text);
        return terms.Count == 0
            ? []
            : await RankAsync(
                json =>
                {
                    json.WritePropertyName("query");
                    ElasticQueries.WriteWords(json, terms, ElasticQueries.Filter(query));
                    WriteOrder(json);
                },
                depth,
                static score => score,
                cancellationToken).ConfigureAwait(false);
    }

    private VectorQuestion Question(ReadOnlyMemory<float> vector, int hits, ElasticIndex index) =>
        new(vector, Math.Min(hits, MaxCandidates), Math.Clamp(hits, _options.Candidates, MaxCandidates), index.VectorIndex);

    /// <summary>Whether there are so few chunks that comparing with each costs nothing, or no index to ask.</summary>
    private async Task<bool> ComparesExactlyAsync(ElasticIndex index, CancellationToken cancellationToken) =>
        index.VectorIndex == "none" || await CountSeenAsync(cancellationToken).ConfigureAwait(false) < _options.ExactBelow;

    /// <summary>Runs a search and reads its ranking: best first, equals by id.</summary>
    private async Task<List<(Guid Id, double Score)>> RankAsync(
        Action<Utf8JsonWriter> write, int size, Func<double, double> score, CancellationToken cancellationToken, int? limit = null)
    {
        var hits = await AskAsync(
            HttpMethod.Post,
            $"{_index}/_search?filter_path=_shards,timed_out,hits.hits._id,hits.hits._score&search_type=dfs_query_then_fetch",
            json =>
            {
                write(json);
                json.WriteNumber("size", size);
                json.WriteBoolean("_source", false);
                json.WriteBoolean("track_total_hits", false);
            },
            answer => ReadRanking(answer, score),
            null,
            cancellationToken).ConfigureAwait(false) ?? throw Missing();
        return HitRanking.Order(hits, limit ?? size);
    }

    private async Task<List<SearchHit>> ReadHitsAsync(List<(Guid Id, double Score)> ranked, CancellationToken cancellationToken)
    {
        if (ranked.Count == 0)
        {
            return [];
        }

        var scores = ranked.ToDictionary(static hit => hit.Id, static hit => hit.Score);
        var hits = await ReadSourcesAsync(
            scores.Keys,
            json => WriteSource(json, vectors: false, []),
            (id, source) => StoredDocument.ReadHit(id, source, scores[id]),
            cancellationToken).ConfigureAwait(false);
        var found = hits.ToDictionary(static hit => hit.Id.Value);

        // A chunk that was deleted meanwhile is left out.
        return ranked.FindAll(hit => found.ContainsKey(hit.Id)).ConvertAll(hit => found[hit.Id]);
    }

    private static List<(Guid Id, double Score)> ReadRanking(JsonElement answer, Func<double, double> score)
    {
        var ranked = new List<(Guid Id, double Score)>();
        foreach (var hit in Hits(answer))
        {
            if (Guid.TryParse(hit.GetProperty("_id").GetString(), out var id) && hit.TryGetProperty("_score", out var value) && value.ValueKind == JsonValueKind.Number)
            {
                ranked.Add((id, score(value.GetDouble())));
            }
        }

        return ranked;
    }

    private static void WriteScripted(Utf8JsonWriter json, Action<Utf8JsonWriter>? filter, string field, Action<Utf8JsonWriter> writeScript)
    {
        json.WriteStartObject("query");
        json.WriteStartObject("script_score");
        json.WritePropertyName("query");
        ElasticQueries.WriteAll(json, filter, field);
        json.WritePropertyName("script");
        writeScript(json);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteOrder(Utf8JsonWriter json)
    {
        json.WriteStartArray("sort");
        json.WriteStartObject();
        json.WriteString("_score", "desc");
        json.WriteEndObject();
        json.WriteStartObject();
        json.WriteString(ElasticFields.Chunk, "asc");
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteBoolean("track_scores", true);
    }

    private static void WriteIds(Utf8JsonWriter json, IEnumerable<Guid> ids)
    {
        json.WriteStartObject();
        json.WriteStartObject("ids");
        json.WriteStartArray("values");
        foreach (var id in ids)
        {
            json.WriteStringValue(id);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static JsonElement.ArrayEnumerator Hits(JsonElement answer) =>
        answer.TryGetProperty("hits", out var outer) && outer.TryGetProperty("hits", out var hits) ? hits.EnumerateArray() : default;
}
