using System.Diagnostics.Metrics;
using Sluice.Hosting.Monitoring;

namespace Sluice.Hosting.Telemetry;

/// <summary>The instruments of the process: its jobs, its nodes, its memory. They read what was last found out; a scrape asks no database. Safe for concurrent use.</summary>
internal sealed class HostingMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Sluice.Hosting";

    /// <summary>Jobs by state.</summary>
    public const string Jobs = "sluice.jobs";

    /// <summary>Documents of jobs under way that are not settled.</summary>
    public const string Pending = "sluice.documents.pending";

    /// <summary>Dead letters in the database.</summary>
    public const string DeadLetters = "sluice.dead_letters";

    /// <summary>Nodes by state.</summary>
    public const string Members = "sluice.cluster.members";

    /// <summary>Resident memory.</summary>
    public const string Memory = "process.memory.usage";

    /// <summary>Memory the process may use.</summary>
    public const string MemoryLimit = "sluice.process.memory.limit";

    /// <summary>Seconds since the process started.</summary>
    public const string Uptime = "process.uptime";

    private static readonly string[] s_jobStates = ["queued", "running", "pausing", "paused", "stopping"];
    private static readonly string[] s_nodeStates = ["up", "draining", "unreachable", "lost"];

    private Func<RoomFigures> _figures = static () => RoomFigures.None;

    /// <summary>Makes the instruments.</summary>
    /// <param name="factory">Owns the meter.</param>
    /// <param name="time">The clock.</param>
    public HostingMetrics(IMeterFactory factory, TimeProvider time)
    {
        var start = time.GetTimestamp();
        var meter = factory.Create(MeterName);
        meter.CreateObservableGauge(Jobs, () => ByState(s_jobStates, _figures().Jobs), "{job}", "Jobs that have not ended, by state");
        meter.CreateObservableGauge(Pending, () => _figures().Pending, "{document}", "Documents of jobs under way that are not settled");
        meter.CreateObservableGauge(DeadLetters, () => _figures().DeadLetters, "{letter}", "Dead letters in the database");
        meter.CreateObservableGauge(Members, () => ByState(s_nodeStates, _figures().Nodes), "{node}", "Nodes by state");
        meter.CreateObservableGauge(Memory, static () => ProcessMemory.Resident, "By", "Resident memory");
        meter.CreateObservableGauge(MemoryLimit, static () => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, "By", "Memory the process may use");
        meter.CreateObservableGauge(Uptime, () => time.GetElapsedTime(start).TotalSeconds, "s", "Time since the process started");
    }

    /// <summary>Says where the figures come from.</summary>
    /// <param name="figures">What was last found out; cheap.</param>
    public void Watch(Func<RoomFigures> figures) => _figures = figures;

    private static IEnumerable<Measurement<int>> ByState(string[] states, IReadOnlyDictionary<string, int> counts) =>
        states.Select(state => new Measurement<int>(counts.GetValueOrDefault(state), new KeyValuePair<string, object?>("sluice.state", state)));
}
