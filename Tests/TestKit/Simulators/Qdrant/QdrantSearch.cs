using System.Numerics.Tensors;
using System.Text.Json;

namespace Sluice.TestKit.Simulators.Qdrant;

/// <summary>Answers queries exactly: every point that meets the filter is compared. Points of equal score come in the order in which the server happens to have them.</summary>
internal static class QdrantSearch
{
    /// <summary>Runs a query with its prefetches.</summary>
    public static List<(QdrantPoint Point, float Score)> Run(JsonElement body, QdrantCollection collection, IReadOnlyCollection<QdrantPoint> points)
    {
        var limit = body.TryGetProperty("limit", out var most) && most.ValueKind == JsonValueKind.Number ? most.GetInt32() : 10;
        if (limit < 1)
        {
            throw new QdrantException(422, "Validation error in JSON body: [internal.limit: value 0 invalid, must be 1 or larger]");
        }

        var offset = body.TryGetProperty("offset", out var skip) && skip.ValueKind == JsonValueKind.Number ? skip.GetInt32() : 0;
        var filter = new QdrantFilter(body, collection.Indexes);
        var prefetched = Prefetches(body).ConvertAll(prefetch => Run(prefetch, collection, points));
        var query = body.TryGetProperty("query", out var given) && given.ValueKind != JsonValueKind.Null ? given : default;
        IEnumerable<(QdrantPoint Point, float Score)> ranked;
        if (Rrf(query) is { } k)
        {
            ranked = Fuse(prefetched, k).Where(hit => filter.Meets(hit.Point));
        }
        else
        {
            var candidates = (prefetched.Count == 0 ? points : prefetched.SelectMany(static hits => hits.Select(static hit => hit.Point)).DistinctBy(static point => point.Id)).Where(filter.Meets);
            ranked = query.ValueKind == JsonValueKind.Undefined
                ? candidates.OrderBy(static point => point.Id, QdrantId.Order).Select(static point => (point, 0f))
                : Score(query, body.TryGetProperty("using", out var name) && name.ValueKind == JsonValueKind.String ? name.GetString()! : "", collection, candidates, points);
        }

        if (body.TryGetProperty("score_threshold", out var threshold) && threshold.ValueKind == JsonValueKind.Number)
        {
            ranked = ranked.Where(hit => hit.Score >= threshold.GetSingle());
        }

        return [.. ranked.Skip(offset).Take(limit)];
    }

    private static List<JsonElement> Prefetches(JsonElement body) =>
        !body.TryGetProperty("prefetch", out var prefetch) || prefetch.ValueKind == JsonValueKind.Null ? []
        : prefetch.ValueKind == JsonValueKind.Array ? [.. prefetch.EnumerateArray()]
        : [prefetch];

    /// <summary>The constant of reciprocal rank fusion; null when the query is another.</summary>
    private static int? Rrf(JsonElement query) =>
        query.ValueKind != JsonValueKind.Object ? null
        : query.TryGetProperty("fusion", out var fusion) ? (fusion.GetString() == "rrf" ? 2 : throw new NotSupportedException("the simulator fuses by rrf alone"))
        : query.TryGetProperty("rrf", out var rrf) ? (rrf.TryGetProperty("k", out var k) ? k.GetInt32() : 2)
        : null;

    private static IEnumerable<(QdrantPoint Point, float Score)> Fuse(List<List<(QdrantPoint Point, float Score)>> rankings, int k)
    {
        var scores = new Dictionary<QdrantPoint, float>();
        foreach (var ranking in rankings)
        {
            for (var position = 0; position < ranking.Count; position++)
            {
                scores[ranking[position].Point] = scores.GetValueOrDefault(ranking[position].Point) + (1f / (position + k));
            }
        }

        return scores.Select(static pair => (pair.Key, pair.Value)).OrderByDescending(static hit => hit.Value).ThenByDescending(static hit => hit.Key.Sequence);
    }

    private static IEnumerable<(QdrantPoint Point, float Score)> Score(
        JsonElement query, string name, QdrantCollection collection, IEnumerable<QdrantPoint> candidates, IReadOnlyCollection<QdrantPoint> all)
    {
        if (query.ValueKind == JsonValueKind.Object && query.TryGetProperty("nearest", out var nearest))
        {
            query = nearest;
        }

        var vector = query.ValueKind is JsonValueKind.Array or JsonValueKind.Object
            ? QdrantReader.Vector(query)
            : all.FirstOrDefault(point => point.Id == QdrantReader.Id(query))?.Vectors.GetValueOrDefault(name) ?? throw new QdrantException(404, $"Not found: No point with id {query} found");
        if (vector.Indices is not null)
        {
            if (!collection.Config.Sparse.ContainsKey(name))
            {
                throw QdrantException.Wrong($"Not existing vector name error: {name}");
            }

            return Sparse(vector, name, collection, candidates, all).OrderByDescending(static hit => hit.Score).ThenByDescending(static hit => hit.Point.Sequence);
        }

        if (!collection.Config.Dense.TryGetValue(name, out var parameters))
        {
            throw QdrantException.Wrong($"Not existing vector name error: {name}");
        }

        if (vector.Dimension != parameters.Size)
        {
            throw QdrantException.Wrong($"Vector dimension error: expected dim: {parameters.Size}, got {vector.Dimension}");
        }

        var hits = candidates.Where(point => point.Vectors.ContainsKey(name)).Select(point => (point, MaxSim(vector, point.Vectors[name], parameters.Distance)));
        return parameters.Distance is "Euclid" or "Manhattan"
            ? hits.Select(static hit => (hit.point, -hit.Item2)).OrderBy(static hit => hit.Item2).ThenByDescending(static hit => hit.point.Sequence)
            : hits.OrderByDescending(static hit => hit.Item2).ThenByDescending(static hit => hit.point.Sequence);
    }

    /// <summary>The sum over the query's rows of the best of the point's.</summary>
    private static float MaxSim(QdrantVector query, QdrantVector stored, string distance)
    {
        float sum = 0;
        for (var row = 0; row < query.Rows; row++)
        {
            var best = float.NegativeInfinity;
            for (var other = 0; other < stored.Rows; other++)
            {
                best = Math.Max(best, Similarity(query.Row(row), stored.Row(other), distance));
            }

            sum += best;
        }

        return sum;
    }

    private static float Similarity(ReadOnlySpan<float> one, ReadOnlySpan<float> other, string distance) => distance switch
    {
        "Cosine" => TensorPrimitives.Norm(one) is var norm and > 0 ? TensorPrimitives.Dot(one, other) / norm : 0,
        "Dot" => TensorPrimitives.Dot(one, other),
        "Euclid" => -TensorPrimitives.Distance(one, other),
        _ => throw new NotSupportedException($"the simulator does not compare by {distance}"),
    };

    /// <summary>The dot product over shared terms, each weighed by its rarity where the vector's settings ask for that; points that share none are no hits.</summary>
    private static IEnumerable<(QdrantPoint Point, float Score)> Sparse(
        QdrantVector query, string name, QdrantCollection collection, IEnumerable<QdrantPoint> candidates, IReadOnlyCollection<QdrantPoint> all)
    {
        var weights = query.Indices!.Zip(query.Values).ToDictionary(static pair => pair.First, static pair => pair.Second);
        if (collection.Config.UsesIdf(name))
        {
            var (count, found) = (0, weights.Keys.ToDictionary(static term => term, static _ => 0));
            foreach (var stored in all.Select(point => point.Vectors.GetValueOrDefault(name)).OfType<QdrantVector>())
            {
                count++;
                foreach (var term in stored.Indices!.Where(found.ContainsKey))
                {
                    found[term]++;
                }
            }

            weights = weights.ToDictionary(static pair => pair.Key, pair => pair.Value * (float)Math.Log(((count - found[pair.Key] + 0.5) / (found[pair.Key] + 0.5)) + 1));
        }

        foreach (var point in candidates)
        {
            if (point.Vectors.GetValueOrDefault(name) is { } stored)
            {
                var (score, shared) = (0f, false);
                for (var i = 0; i < stored.Values.Length; i++)
                {
                    if (weights.TryGetValue(stored.Indices![i], out var weight))
                    {
                        score += weight * stored.Values[i];
                        shared = true;
                    }
                }

                if (shared)
                {
                    yield return (point, score);
                }
            }
        }
    }
}
