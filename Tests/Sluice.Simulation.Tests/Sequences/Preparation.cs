using Sluice.Actors.Core;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Simulation.Tests.Sequences;

/// <summary>What the program and the cluster do before a walk: they find out whether the collection is there, again and again while it cannot be asked, and make it.</summary>
internal static class Preparation
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(IngestionParts parts, TimeProvider time, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await new CollectionPreparation(parts.Ledger, time).FindAsync(parts.Sink, cancellationToken);
                await parts.Sink.EnsureCollectionAsync(new CollectionSpec(parts.Model), cancellationToken);
                return;
            }
            catch (TransientException)
            {
                await Task.Delay(s_pause, time, cancellationToken);
            }
        }
    }
}
