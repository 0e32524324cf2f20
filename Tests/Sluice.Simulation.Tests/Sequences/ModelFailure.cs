namespace Sluice.Simulation.Tests.Sequences;

/// <summary>The engine did what the model forbids.</summary>
internal sealed class ModelFailureException(string what, string trace) : Exception(what)
{
    /// <summary>The last calls before it.</summary>
    public string Trace { get; } = trace;
}
