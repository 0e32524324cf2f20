using System.Text.Json;

namespace Sluice.Hosting.Tests.EndToEnd;

/// <summary>What a run of the program left behind.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Errors">Its standard error.</param>
internal sealed record Outcome(int ExitCode, string Output, string Errors)
{
    /// <summary>The last line of standard output, as JSON.</summary>
    public JsonElement Json { get; } = Parse(Output, Errors);

    /// <summary>Chunks embedded.</summary>
    public long Embedded => Json.GetProperty("chunks").GetProperty("embedded").GetInt64();

    /// <summary>Chunks that stayed.</summary>
    public long Reused => Json.GetProperty("chunks").GetProperty("reused").GetInt64();

    /// <summary>Chunks that were given the vectors of an equal document.</summary>
    public long Copied => Json.GetProperty("chunks").GetProperty("copied").GetInt64();

    /// <summary>Chunks deleted.</summary>
    public long Deleted => Json.GetProperty("chunks").GetProperty("deleted").GetInt64();

    /// <summary>A number of the accounting.</summary>
    public long this[string name] => Json.GetProperty(name).GetInt64();

    /// <summary>Counts by reason.</summary>
    public Dictionary<string, long> Counts(string name) =>
        Json.GetProperty(name).EnumerateObject().ToDictionary(static property => property.Name, static property => property.Value.GetInt64(), StringComparer.Ordinal);

    /// <summary>Sees to it that the run ended as expected and that its accounting balances.</summary>
    public Outcome ShouldEnd(int exitCode)
    {
        ExitCode.ShouldBe(exitCode, Errors + Output);
        if (Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty("discovered", out var discovered) && Json.TryGetProperty("indexed", out _))
        {
            discovered.GetInt64().ShouldBe(this["indexed"] + this["unchanged"] + this["skipped"] + this["dead"] + this["pending"]);
            Counts("skippedByReason").Values.Sum().ShouldBe(this["skipped"]);
            Counts("deadByReason").Values.Sum().ShouldBe(this["dead"]);
            this["exitCode"].ShouldBe(exitCode);
        }

        return this;
    }

    private static JsonElement Parse(string output, string errors)
    {
        var line = output.TrimEnd().Split('\n')[^1];
        if (line.Length == 0 || line[0] is not ('{' or '['))
        {
            return default;
        }

        try
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.Clone();
        }
        catch (JsonException exception)
        {
            throw new InvalidOperationException($"no JSON: {line}\n{errors}", exception);
        }
    }
}
