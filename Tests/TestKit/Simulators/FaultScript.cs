using System.Diagnostics.CodeAnalysis;

namespace Sluice.TestKit.Simulators;

/// <summary>Says which requests of a simulator go wrong, and how. Safe for concurrent use; the first rule that applies wins.</summary>
public sealed class FaultScript
{
    private readonly Lock _lock = new();
    private readonly List<Rule> _rules = [];

    /// <summary>The next requests that match go wrong, one fault each, in order; afterwards all is well.</summary>
    public FaultScript Next(Func<SimulatorRequest, bool> match, params Fault[] faults) => Add(new Rule(match, new Queue<Fault>(faults).TryDequeue));

    /// <summary>The next <paramref name="times"/> requests that match go wrong.</summary>
    public FaultScript Next(int times, Func<SimulatorRequest, bool> match, Fault fault) => Next(match, [.. Enumerable.Repeat(fault, times)]);

    /// <summary>Every request that matches goes wrong until <see cref="Clear"/>.</summary>
    public FaultScript Always(Func<SimulatorRequest, bool> match, Fault fault) => Add(new Rule(match, ([NotNullWhen(true)] out Fault? taken) =>
    {
        taken = fault;
        return true;
    }));

    /// <summary>A share of the requests that match go wrong, in a way drawn from <paramref name="faults"/>; the same ones for the same seed and order.</summary>
    public FaultScript Sometimes(Func<SimulatorRequest, bool> match, double share, int seed, params Fault[] faults)
    {
#pragma warning disable CA5394 // A test needs the same draw again, not a secret one.
        var random = new Random(seed);
        return Add(new Rule(match, ([NotNullWhen(true)] out Fault? taken) =>
        {
            taken = faults[random.Next(faults.Length)];
            return random.NextDouble() < share;
        }));
#pragma warning restore CA5394
    }

    /// <summary>Forgets all rules.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _rules.Clear();
        }
    }

    internal Fault? Take(SimulatorRequest request)
    {
        lock (_lock)
        {
            foreach (var rule in _rules)
            {
                if (rule.Match(request) && rule.TryTake(out var fault))
                {
                    return fault;
                }
            }
        }

        return null;
    }

    private FaultScript Add(Rule rule)
    {
        lock (_lock)
        {
            _rules.Add(rule);
        }

        return this;
    }

    private delegate bool Taker([NotNullWhen(true)] out Fault? fault);

    private sealed record Rule(Func<SimulatorRequest, bool> Match, Taker TryTake);
}
