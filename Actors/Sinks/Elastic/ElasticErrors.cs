using System.Text.Json;
using Sluice.Actors.Sinks.Http;

namespace Sluice.Actors.Sinks.Elastic;

/// <summary>The servers' errors: <c>{"error":{"type":…,"reason":…,"caused_by":…},"status":…}</c>.</summary>
internal static class ElasticErrors
{
    public const string IndexNotFound = "index_not_found_exception";
    public const string AlreadyExists = "resource_already_exists_exception";
    public const string DocumentMissing = "document_missing_exception";

    private const int MaxDepth = 4;

    /// <summary>Kind and words of an error object, the innermost cause included.</summary>
    public static (string Type, string Reason) Words(JsonElement error)
    {
        if (error.ValueKind == JsonValueKind.String)
        {
            return ("", error.GetString()!);
        }

        if (error.ValueKind != JsonValueKind.Object)
        {
            return ("", "");
        }

        var (type, reason) = (Text(error, "type"), Text(error, "reason"));
        var cause = error;
        for (var depth = 0; depth < MaxDepth && cause.TryGetProperty("caused_by", out var inner) && inner.ValueKind == JsonValueKind.Object; depth++)
        {
            cause = inner;
        }

        var why = Text(cause, "reason");
        return (type, why.Length > 0 && why != reason ? $"{reason}: {why}" : reason);
    }

    /// <summary>Kind and words of an answer that is no success; null when it is not of this form.</summary>
    public static (string Type, string Reason)? Read(SinkResponse response)
    {
        ArgumentNullException.ThrowIfNull(response);
        try
        {
            using var body = JsonDocument.Parse(response.Body);
            return body.RootElement.ValueKind == JsonValueKind.Object && body.RootElement.TryGetProperty("error", out var error) ? Words(error) : null;
        }
        catch (JsonException)
        {
            return null; // Something in between answered: the rules of HTTP apply.
        }
    }

    /// <summary>What an answer that is no success means; null where the rules of HTTP say it.</summary>
    public static Exception? Classify(SinkResponse response, SinkFailures failures)
    {
        ArgumentNullException.ThrowIfNull(failures);
        if (Read(response) is not var (type, reason))
        {
            return null;
        }

        return (response.Status, type) switch
        {
            (404, IndexNotFound) => failures.Mendable("has no such index. Ingest into it first."),
            (429, "cluster_block_exception") => failures.Busy($"takes no writes: {reason}. Its disk is nearly full: make room on it; the run goes on by itself then.", response.RetryAfter),
            (403, "cluster_block_exception") => failures.Mendable($"takes no writes: {reason}. Remove the block from the index's settings, then run the same command again."),
            (429, _) => failures.Busy($"has too much to do ({type}: {reason})", response.RetryAfter),
            (503, _) => failures.Busy($"cannot be used just now ({type}: {reason})", response.RetryAfter),
            (400, "search_phase_execution_exception" or "parsing_exception" or "illegal_argument_exception" or "mapper_parsing_exception") => failures.Refused($"refused the request ({type}): {reason}"),
            _ => null,
        };
    }

    private static string Text(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
