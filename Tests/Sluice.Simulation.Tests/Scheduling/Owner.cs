using Sluice.Streams.Failures;

namespace Sluice.Simulation.Tests.Scheduling;

/// <summary>A process that runs an ingestion: it can be stopped, stand still and die. All its calls go through the <see cref="Switchboard"/>.</summary>
internal sealed class Owner(string name, IReadOnlyList<Fault> faults)
{
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);

    public string Name => name;

    /// <summary>Whether it stands still.</summary>
    public bool IsFrozen { get; set; }

    /// <summary>Whether it died. Whatever it still does reaches nobody.</summary>
    public bool IsDead { get; set; }

    /// <summary>Whether faults still happen to it.</summary>
    public bool IsHealed { get; set; }

    /// <summary>Calls made so far.</summary>
    public int Calls { get; private set; }

    public FaultKind Next(string method)
    {
        Calls++;
        var number = _counts[method] = _counts.GetValueOrDefault(method) + 1;
        foreach (var fault in faults)
        {
            if (fault.Method == method && number >= fault.Nth && number < fault.Nth + fault.Count && !IsHealed)
            {
                return fault.Kind;
            }
        }

        return FaultKind.None;
    }

    public static Exception Death() => new StorageException("the process ends here");
}
