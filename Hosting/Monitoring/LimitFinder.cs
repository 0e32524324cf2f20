using System.Globalization;
using Sluice.Hosting.Http.Contract;

namespace Sluice.Hosting.Monitoring;

/// <summary>
/// Says which stage holds up the whole, from what the workers of each spent their time on. The limit is the stage whose workers hardly ever wait; where several are
/// as busy, it is the one furthest on whose queue is full, since those before it only wait for it.
/// </summary>
internal static class LimitFinder
{
    /// <summary>Below this share of busy time a stage is not called the limit.</summary>
    public const double LeastBusy = 0.6;

    private const double Near = 0.1;
    private const double FullQueue = 0.8;

    /// <summary>Finds it.</summary>
    /// <param name="stages">source, parse, embed and index.</param>
    /// <param name="links">What joins them; link n leads to stage n + 1.</param>
    /// <param name="listing">Whether the source is still being walked; else it is done and limits nothing.</param>
    /// <param name="tokensPerSecond">Tokens embedded a second.</param>
    /// <returns>The stage and the sentence.</returns>
    public static LimitView Find(IReadOnlyList<StageView> stages, IReadOnlyList<LinkView> links, bool listing, double tokensPerSecond)
    {
        var first = listing ? 0 : 1;
        var busiest = first;
        for (var index = first; index < stages.Count; index++)
        {
            busiest = stages[index].BusyShare > stages[busiest].BusyShare ? index : busiest;
        }

        for (var index = stages.Count - 1; index > busiest; index--)
        {
            if (stages[index].BusyShare >= stages[busiest].BusyShare - Near && links[index - 1].FillShare >= FullQueue)
            {
                busiest = index;
                break;
            }
        }

        var limit = stages[busiest];
        if (limit.BusyShare < LeastBusy)
        {
            return limit.BusyShare <= 0.02 && stages.All(static stage => stage.Rate == 0)
                ? new LimitView(null, "Nothing moves yet.")
                : new LimitView(null, $"No stage is at its limit: the busiest, the {Name(limit)}, works {Percent(limit.BusyShare)} of the time.");
        }

        return new LimitView(limit.Name, $"The {Name(limit)} is the limit: it {Does(limit, tokensPerSecond)}; {Others(stages, busiest)}");
    }

    private static string Does(StageView stage, double tokensPerSecond) => stage.Name switch
    {
        "source" => $"lists {Number(stage.Rate)} documents/s",
        "parse" => $"cuts {Number(stage.Rate)} chunks/s",
        "embed" => $"embeds {Number(stage.Rate)} chunks/s ({Number(tokensPerSecond)} tokens/s)",
        _ => $"accepts {Number(stage.Rate)} vectors/s",
    };

    /// <summary>Names the stage that waits for the limit the most: the one before it for room, or the one behind it for work.</summary>
    private static string Others(IReadOnlyList<StageView> stages, int limit)
    {
        var before = limit > 1 ? stages[limit - 1] : null;
        var behind = limit + 1 < stages.Count ? stages[limit + 1] : null;
        var (roomWait, inputWait) = (before?.OutputWaitShare ?? -1, behind?.InputWaitShare ?? -1);
        var (who, share) = roomWait >= inputWait && before is not null ? (before, roomWait) : behind is not null ? (behind, inputWait) : (stages[limit], 0);
        return share > 0 || !ReferenceEquals(who, stages[limit])
            ? $"the {Name(who)} waits {Percent(share)} of the time."
            : $"it works {Percent(stages[limit].BusyShare)} of the time.";
    }

    private static string Name(StageView stage) => stage.Title.ToLowerInvariant();

    private static string Number(double value) => value.ToString(value is > 0 and < 10 ? "0.0" : "N0", CultureInfo.InvariantCulture);

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{Math.Clamp(share, 0, 1) * 100:0} %");
}
