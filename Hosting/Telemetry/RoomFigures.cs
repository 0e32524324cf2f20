namespace Sluice.Hosting.Telemetry;

/// <summary>What the metrics tell of jobs and nodes.</summary>
/// <param name="Jobs">Jobs that have not ended, by state.</param>
/// <param name="Pending">Documents of theirs that are not settled.</param>
/// <param name="DeadLetters">Dead letters in the database.</param>
/// <param name="Nodes">Nodes by state.</param>
internal sealed record RoomFigures(IReadOnlyDictionary<string, int> Jobs, long Pending, long DeadLetters, IReadOnlyDictionary<string, int> Nodes)
{
    /// <summary>Nothing at all.</summary>
    public static RoomFigures None { get; } = new(new Dictionary<string, int>(StringComparer.Ordinal), 0, 0, new Dictionary<string, int>(StringComparer.Ordinal));
}
