using Sluice.Simulation.Tests.Scheduling;

namespace Sluice.Simulation.Tests.Sequences;

/// <summary>How a run goes.</summary>
/// <param name="Seed">Decides the order of calls.</param>
/// <param name="Faults">What goes wrong in it.</param>
/// <param name="StopAt">After how many calls it is stopped cleanly; 0 for not at all.</param>
/// <param name="Configuration">Which configuration it uses.</param>
/// <param name="Prunes">Whether the person says that whatever is gone is meant to be.</param>
internal sealed record Plan(ulong Seed, IReadOnlyList<Fault> Faults, int StopAt = 0, int Configuration = 1, bool Prunes = false)
{
    public override string ToString() =>
        $"configuration {Configuration}{(Prunes ? ", what is gone is meant to be" : "")}{(StopAt > 0 ? $", stopped after {StopAt} calls" : "")}{(Faults.Count == 0 ? "" : ": " + string.Join("; ", Faults))}";

    /// <summary>Simpler plans.</summary>
    public IEnumerable<Plan> Smaller()
    {
        for (var index = 0; index < Faults.Count; index++)
        {
            yield return this with { Faults = [.. Faults.Where((_, at) => at != index)] };
        }

        if (StopAt > 0)
        {
            yield return this with { StopAt = 0 };
        }

        if (Configuration != 1)
        {
            yield return this with { Configuration = 1 };
        }

        for (var index = 0; index < Faults.Count; index++)
        {
            if (Faults[index].Count > 1)
            {
                yield return this with { Faults = [.. Faults.Select((fault, at) => at == index ? fault with { Count = 1 } : fault)] };
            }
        }
    }
}
