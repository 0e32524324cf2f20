using System.Text.Json;
using Sluice.Actors.Sinks.Http;

namespace Sluice.Actors.Sinks.Chroma;

/// <summary>Chroma's errors: <c>{"error":KIND,"message":WORDS}</c>; plain text where a request is too large.</summary>
internal static class ChromaErrors
{
    private const string QuotaWord = "quota";

    /// <summary>Kind and words of an answer that is no success; null when it is not of this form.</summary>
    public static (string Kind, string Words)? Read(SinkResponse response)
    {
        ArgumentNullException.ThrowIfNull(response);
        try
        {
            using var body = JsonDocument.Parse(response.Body);
            return body.RootElement.ValueKind == JsonValueKind.Object && body.RootElement.TryGetProperty("error", out var kind) && body.RootElement.TryGetProperty("message", out var words)
                ? (kind.GetString() ?? "", words.GetString() ?? "")
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>What an answer that is no success means; null where the rules of HTTP say it.</summary>
    public static Exception? Classify(SinkResponse response, SinkFailures failures)
    {
        ArgumentNullException.ThrowIfNull(failures);
        if (Read(response) is not var (kind, words))
        {
            return null;
        }

        return response.Status switch
        {
            429 when !words.Contains(QuotaWord, StringComparison.OrdinalIgnoreCase) => failures.Throttled($"has too much to do: {words}", response.RetryAfter),
            400 or 422 or 429 when words.Contains(QuotaWord, StringComparison.OrdinalIgnoreCase) => failures.Quota(words.TrimEnd('.') + "."),
            400 or 422 => failures.Refused($"refused the request ({response.Status}, {kind}): {words}"),
            _ => null,
        };
    }
}
