namespace Sluice.Actors.Parsing.Workers;

/// <summary>No worker can be started on this machine.</summary>
/// <param name="message">What was tried.</param>
internal sealed class WorkersUnavailableException(string message) : Exception(message);
