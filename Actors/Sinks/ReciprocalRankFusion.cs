namespace Sluice.Actors.Sinks;

/// <summary>Joins rankings whose scores cannot be compared (Cormack, Clarke and Büttcher, 2009): each gives 1 / (60 + rank).</summary>
internal static class ReciprocalRankFusion
{
    private const double K = 60;

    /// <summary>Fuses rankings of keys, each best first and without repeats.</summary>
    /// <typeparam name="TKey">What the rankings name their hits by.</typeparam>
    /// <returns>The fused score of each key.</returns>
    public static Dictionary<TKey, double> Fuse<TKey>(params ReadOnlySpan<IReadOnlyList<TKey>> rankings)
        where TKey : notnull
    {
        var scores = new Dictionary<TKey, double>();
        foreach (var ranking in rankings)
        {
            for (var rank = 0; rank < ranking.Count; rank++)
            {
                scores[ranking[rank]] = scores.GetValueOrDefault(ranking[rank]) + (1 / (K + rank + 1));
            }
        }

        return scores;
    }
}
