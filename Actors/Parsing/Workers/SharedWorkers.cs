using System.Collections.Concurrent;
using System.Globalization;

namespace Sluice.Actors.Parsing.Workers;

/// <summary>The workers of this process, by what is decided when they start: runs in one process share them, as they share its processors and its memory.</summary>
internal static class SharedWorkers
{
    private static readonly ConcurrentDictionary<string, WorkerPool> s_pools = new(StringComparer.Ordinal);

    /// <summary>The pool under some settings. Its workers end when unused for a while, and with the process.</summary>
    public static WorkerPool Of(WorkerCommand command, ParsingOptions options, int documents)
    {
        var workers = options.Workers;
        var count = workers.EffectiveCount(documents);
        var key = string.Create(CultureInfo.InvariantCulture, $"{command.File}|{string.Join('|', command.Arguments)}|{count}|{workers.Documents}|{workers.EffectiveMaxMemoryBytes}|{options.MaxImagePixels}");
        return s_pools.GetOrAdd(key, _ => new WorkerPool(command, workers, count, (options.MaxImagePixels * Images.RasterImage.Channels) + 64, TimeProvider.System, MachineMemory.Available));
    }
}
