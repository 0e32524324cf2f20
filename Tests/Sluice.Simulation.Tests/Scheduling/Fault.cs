namespace Sluice.Simulation.Tests.Scheduling;

/// <summary>What goes wrong with a call.</summary>
internal enum FaultKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It fails for now, and nothing is done.</summary>
    Transient,

    /// <summary>It is done, and the answer is lost: to the caller it failed for now.</summary>
    TransientAfter,

    /// <summary>The sink takes half of a request and says so.</summary>
    Partly,

    /// <summary>The sink says that it did it, and did not.</summary>
    Lost,

    /// <summary>The sink says that it did all of it, and did half.</summary>
    PartlyLost,

    /// <summary>The request is larger than the sink takes.</summary>
    TooLarge,

    /// <summary>A false "there is no such collection".</summary>
    NotThere,

    /// <summary>It cannot go on: disk full, read-only.</summary>
    Broken,

    /// <summary>The process dies before the call.</summary>
    Crash,

    /// <summary>The process dies after the call, before it hears of it.</summary>
    CrashAfter,

    /// <summary>The process stands still from here on, with the call in hand, until it is continued.</summary>
    Freeze,

    /// <summary>The source answers nothing from this call on.</summary>
    SourceDown,

    /// <summary>The source's root goes away at this call.</summary>
    RootAway,

    /// <summary>A subfolder of the source goes away at this call.</summary>
    ShareAway,

    /// <summary>What went away is back at this call.</summary>
    AllBack,
}

/// <summary>Something that goes wrong in a run.</summary>
/// <param name="Method">Of which call, such as <c>ledger.Begin</c>.</param>
/// <param name="Nth">From which one on, by their order in the run, from 1.</param>
/// <param name="Kind">What.</param>
/// <param name="Count">For how many calls.</param>
internal sealed record Fault(string Method, int Nth, FaultKind Kind, int Count = 1)
{
    public override string ToString() => $"{Kind} at {Method} #{Nth}{(Count > 1 ? $"-{Nth + Count - 1}" : "")}";
}
