using System.Text.Json;
using Sluice.Actors.Sinks.Http;

namespace Sluice.Actors.Sinks.Milvus;

/// <summary>
/// What Milvus's codes mean (pkg/util/merr of the server). Failures come with the HTTP status 200 and a code in the body, or, where the server is set so, with a status that
/// says less than the code: the code decides.
/// </summary>
internal static class MilvusFailures
{
    private const int CollectionNotFound = 100;
    private const int CollectionNotLoaded = 101;
    private const int Unexpected = 65_535;

    /// <summary>Not ready, unavailable, too many requests, rate limit, resources, collection or partition loading or recovering, limit of the HTTP server.</summary>
    private static readonly HashSet<int> s_passing = [1, 2, 4, 5, 8, 12, 13, 103, 106, 201, 202, 1807];

    /// <summary>Memory, disk, quota: writing is denied until somebody acts.</summary>
    private static readonly HashSet<int> s_quota = [3, 7, 9];

    private static readonly HashSet<int> s_denied = [1400, 1401, 1402, 1800];

    private static readonly string[] s_tooLarge = ["larger than max", "too large", "exceeds max", "exceed the limit of message", "ResourceExhausted"];

    /// <summary>Whether a code is success: 0, and 200 in releases before 2.4.</summary>
    public static bool IsSuccess(int code) => code is 0 or 200;

    /// <summary>What an answer with a status that is no success means; null where HTTP says it.</summary>
    public static Exception? Classify(SinkResponse response, SinkFailures failures)
    {
        try
        {
            using var body = JsonDocument.Parse(response.Body);
            return body.RootElement.ValueKind == JsonValueKind.Object && body.RootElement.TryGetProperty("code", out var code) && code.TryGetInt32(out var value) && !IsSuccess(value)
                && response.Status is not (401 or 403)
                ? FromCode(value, Message(body.RootElement), failures)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The words of an answer.</summary>
    public static string Message(JsonElement root) => root.TryGetProperty("message", out var message) && message.GetString() is { Length: > 0 } text ? text : "it gave no reason";

    /// <summary>What a code means.</summary>
    public static Exception FromCode(int code, string message, SinkFailures failures)
    {
        var said = $"{message} (code {code})";
        return code switch
        {
            CollectionNotFound => new MilvusMissingException(said),
            CollectionNotLoaded => new MilvusUnloadedException(said),
            _ when s_passing.Contains(code) => failures.Busy($"does not take this now: {said}"),
            _ when s_quota.Contains(code) => failures.Quota($"{said}."),
            _ when s_denied.Contains(code) => failures.Denied(401, $"{said}."),
            _ when Says(message, s_tooLarge) => failures.TooLarge($"takes no request of this size: {said}"),
            // Anything at all, down to a time limit inside the server; should one record be the cause, the write policy finds it.
            Unexpected => failures.Busy($"failed: {said}"),
            _ => failures.Refused($"refused the request: {said}"),
        };
    }

    private static bool Says(string message, string[] words) => Array.Exists(words, word => message.Contains(word, StringComparison.OrdinalIgnoreCase));
}
