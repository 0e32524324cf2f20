using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks;

/// <summary>Puts hits in order and joins two rankings, for databases that leave that to their clients.</summary>
internal static class HitRanking
{
    /// <summary>Hits beyond the limit that are asked for, so that equal scores at its edge are ordered by id and not by chance.</summary>
    private const int Margin = 64;

    /// <summary>Hits that each of two rankings gives at least.</summary>
    private const int LeastHybridDepth = 50;

    /// <summary>
    /// Searches as a query asks: by vectors, by words, or by both, joined by rank. For databases whose own fusion knows neither phrases nor globs.
    /// </summary>
    /// <param name="query">The query.</param>
    /// <param name="byVector">Searches by vectors for so many hits.</param>
    /// <param name="byWords">Searches by words for so many hits.</param>
    public static async Task<List<SearchHit>> SearchAsync(SearchQuery query, Func<int, Task<List<SearchHit>>> byVector, Func<int, Task<List<SearchHit>>> byWords)
    {
        switch (query.Mode)
        {
            case SearchMode.Vector:
                return await byVector(query.Limit).ConfigureAwait(false);
            case SearchMode.FullText:
                return await byWords(query.Limit).ConfigureAwait(false);
            default:
                var depth = Math.Max(LeastHybridDepth, 5 * query.Limit);
                var rankings = await Task.WhenAll(byVector(depth), byWords(depth)).ConfigureAwait(false);
                return Fuse(rankings[0], rankings[1], query.Limit);
        }
    }

    /// <summary>Best first, equals by id.</summary>
    public static List<SearchHit> Order(List<SearchHit> hits, int limit)
    {
        hits.Sort(static (one, other) => other.Score.CompareTo(one.Score) is var order and not 0 ? order : one.Id.Value.CompareTo(other.Id.Value));
        return hits.Count > limit ? hits[..limit] : hits;
    }

    /// <summary>Asks for hits, and for more where too few pass a filter that the database does not know.</summary>
    /// <param name="fetch">Asks for this many.</param>
    /// <param name="accept">The filter; null when all pass.</param>
    /// <param name="limit">Hits wanted.</param>
    /// <param name="most">Most that the database gives at once.</param>
    public static async Task<List<SearchHit>> FetchAsync(Func<int, Task<List<SearchHit>>> fetch, Func<SearchHit, bool>? accept, int limit, int most)
    {
        for (var depth = Math.Min(limit + Margin, most); ; depth = (int)Math.Min(4L * depth, most))
        {
            var hits = await fetch(depth).ConfigureAwait(false);
            var found = hits.Count;
            if (accept is not null)
            {
                hits.RemoveAll(hit => !accept(hit));
            }

            if (hits.Count >= limit || found < depth || depth == most)
            {
                return Order(hits, limit);
            }
        }
    }

    /// <summary>Best first, equals by id.</summary>
    public static List<(Guid Id, double Score)> Order(IEnumerable<(Guid Id, double Score)> hits, int limit)
    {
        var ordered = hits.ToList();
        ordered.Sort(static (one, other) => other.Score.CompareTo(one.Score) is var order and not 0 ? order : one.Id.CompareTo(other.Id));
        return ordered.Count > limit ? ordered[..limit] : ordered;
    }

    /// <summary>Joins two rankings by reciprocal rank fusion.</summary>
    public static List<SearchHit> Fuse(List<SearchHit> byVector, List<SearchHit> byWords, int limit)
    {
        var hits = new Dictionary<Guid, SearchHit>();
        foreach (var hit in byVector.Concat(byWords))
        {
            hits.TryAdd(hit.Id.Value, hit);
        }

        var fused = ReciprocalRankFusion.Fuse(byVector.ConvertAll(static hit => hit.Id.Value), byWords.ConvertAll(static hit => hit.Id.Value));
        return Order([.. fused.Select(pair => hits[pair.Key] with { Score = pair.Value })], limit);
    }

    /// <summary>Joins two rankings by reciprocal rank fusion.</summary>
    public static List<(Guid Id, double Score)> Fuse(List<(Guid Id, double Score)> byVector, List<(Guid Id, double Score)> byWords, int limit)
    {
        var fused = ReciprocalRankFusion.Fuse(byVector.ConvertAll(static hit => hit.Id), byWords.ConvertAll(static hit => hit.Id));
        return Order(fused.Select(static pair => (pair.Key, pair.Value)), limit);
    }
}
