using Sluice.Simulation.Tests.Sequences;

namespace Sluice.Simulation.Tests;

/// <summary>Sequences of fixed seeds: the engine does in each of them what the model says.</summary>
public sealed class SimulationTests
{
    [Theory]
    [InlineData(1, 400)]
    public async Task Engine_RandomSequences_DoesWhatTheModelSays(int seed, int count)
    {
        var found = await Explorer.AloneAsync(explorer =>
        {
            for (var at = (ulong)seed; at < (ulong)(seed + count); at++)
            {
                var operations = SequenceMaker.Make(at);
                if (explorer.Try(operations) is { } finding)
                {
                    var (smaller, last) = explorer.Shrink(operations, finding, TimeSpan.FromSeconds(30));
                    return Explorer.Describe(at, smaller, last);
                }
            }

            return null;
        });
        found.ShouldBeNull();
    }
}
