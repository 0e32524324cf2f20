using System.Text.Json;
using Sluice.Hosting.Composition;

namespace Sluice.Hosting.Cli.Json;

/// <summary>The last line of <c>ingest --json</c>.</summary>
internal static class AccountingJson
{
    /// <summary>Writes the accounting.</summary>
    /// <param name="json">The writer.</param>
    /// <param name="result">The accounting.</param>
    /// <param name="exitCode">The exit code.</param>
    /// <param name="database">The database.</param>
    /// <param name="model">The model.</param>
    /// <param name="peakMemoryBytes">Largest resident set of the process.</param>
    public static void Write(Utf8JsonWriter json, IngestionResult result, int exitCode, string database, string model, long peakMemoryBytes)
    {
        var accounting = result.Accounting;
        json.WriteStartObject();
        json.WriteString("outcome", result.Stopped ? "stopped" : "complete");
        json.WriteNumber("exitCode", exitCode);
        json.WriteNumber("discovered", accounting.Discovered);
        json.WriteNumber("indexed", accounting.Indexed);
        json.WriteNumber("unchanged", accounting.Unchanged);
        json.WriteNumber("skipped", accounting.Skipped.Values.Sum());
        json.WriteNumber("dead", accounting.Dead.Values.Sum());
        json.WriteNumber("pending", accounting.Pending);
        json.WriteCounts("skippedByReason", accounting.Skipped);
        json.WriteCounts("deadByReason", accounting.Dead);
        json.WriteNumber("removed", result.Removed);
        json.WriteNumber("withheld", result.Withheld);
        json.WriteNumber("kept", accounting.Kept);
        json.WriteNumber("toTryAgain", accounting.ToTryAgain);
        json.WriteStartObject("chunks");
        json.WriteNumber("embedded", result.ChunksEmbedded);
        json.WriteNumber("reused", result.ChunksReused);
        json.WriteNumber("copied", result.ChunksCopied);
        json.WriteNumber("deleted", result.ChunksDeleted);
        json.WriteEndObject();
        json.WriteNumber("tokens", result.Tokens);
        json.WriteNumber("paddedTokens", result.PaddedTokens);
        if (result.BatchTokens > 0)
        {
            json.WriteNumber("batchTokens", result.BatchTokens);
        }

        json.WriteNumber("seconds", Math.Round(result.Elapsed.TotalSeconds, 3));
        json.WriteNumber("peakMemoryBytes", peakMemoryBytes);
        json.WriteString("database", database);
        json.WriteString("model", model);
        json.WriteEndObject();
    }

    /// <summary>Writes what stands in its place when a run failed.</summary>
    /// <param name="json">The writer.</param>
    /// <param name="message">The failure in words.</param>
    /// <param name="exitCode">The exit code.</param>
    /// <param name="database">The database, where there are several.</param>
    public static void WriteFailure(Utf8JsonWriter json, string message, int exitCode, string? database = null)
    {
        json.WriteStartObject();
        json.WriteString("outcome", exitCode == ExitCodes.Interrupted ? "stopped" : "failed");
        json.WriteNumber("exitCode", exitCode);
        json.WriteString("error", message);
        if (database is not null)
        {
            json.WriteString("database", database);
        }

        json.WriteEndObject();
    }
}
