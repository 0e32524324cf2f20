namespace Sluice.TestKit.Simulators;

/// <summary>Requests or answers broke a database's published contract, or a simulator failed.</summary>
public sealed class SimulatorException(IReadOnlyList<string> violations, IReadOnlyList<Exception> failures)
    : Exception(string.Join(Environment.NewLine, violations.Select(static violation => "contract: " + violation).Concat(failures.Select(static failure => "simulator: " + failure))))
{
    /// <summary>What broke the contract.</summary>
    public IReadOnlyList<string> Violations { get; } = violations;

    /// <summary>What failed.</summary>
    public IReadOnlyList<Exception> Failures { get; } = failures;
}
