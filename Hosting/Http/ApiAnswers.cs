using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Http.Contract;
using Sluice.Hosting.Http.Embeddings;
using Sluice.Streams.Failures;

namespace Sluice.Hosting.Http;

/// <summary>Reads requests and writes answers.</summary>
internal static class ApiAnswers
{
    /// <summary>Media type of problem details.</summary>
    public const string ProblemType = "application/problem+json";

    /// <summary>Writes a value.</summary>
    public static Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        return JsonSerializer.SerializeAsync(context.Response.Body, value, type, context.RequestAborted);
    }

    /// <summary>Whether a path is one of OpenAI's API, whose clients want errors of its shape.</summary>
    public static bool IsOpenAis(PathString path) => path.StartsWithSegments("/v1", StringComparison.OrdinalIgnoreCase);

    /// <summary>Writes what went wrong: as problem details, or as OpenAI's API does.</summary>
    public static async Task WriteProblemAsync(HttpContext context, int status, string detail, ApiException? refusal = null)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        var isOpenAis = IsOpenAis(context.Request.Path);
        context.Response.StatusCode = status;
        context.Response.ContentType = isOpenAis ? "application/json" : ProblemType;
        context.Response.Headers.CacheControl = "no-store";
        if (status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"sluice\"";
        }
        else if (status == StatusCodes.Status503ServiceUnavailable)
        {
            context.Response.Headers.RetryAfter = "5";
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        if (isOpenAis)
        {
            await OpenAiErrors.WriteAsync(context, status, detail, refusal).ConfigureAwait(false);
        }
        else
        {
            var problem = new Problem("about:blank", ReasonPhrases.GetReasonPhrase(status), status, detail, context.Request.Path.Value ?? "/");
            await JsonSerializer.SerializeAsync(context.Response.Body, problem, ApiJson.Default.Problem, context.RequestAborted).ConfigureAwait(false);
        }
    }

    /// <summary>The status and words of a failure; null for one that is a defect.</summary>
    public static (int Status, string Detail)? Explain(Exception exception) => exception switch
    {
        ApiException refused => (refused.Status, refused.Message),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => (StatusCodes.Status413PayloadTooLarge, "The body is larger than this route takes: 64 KiB, or 8 MiB where texts are embedded."),
        BadHttpRequestException bad => (bad.StatusCode, bad.Message),
        JsonException json => (StatusCodes.Status400BadRequest, Describe(json)),
        LedgerHeldException held => (StatusCodes.Status409Conflict, held.Message),
        ConfigurationException or ModelException or CollectionMismatchException => (StatusCodes.Status409Conflict, Secrets.Redact(exception.Message)),
        TransientException or StorageException => (StatusCodes.Status503ServiceUnavailable, Secrets.Redact(exception.Message)),
        _ => null,
    };

    /// <summary>What is wrong with a body, in the words of JSON: the serializer's own name classes.</summary>
    private static string Describe(JsonException exception)
    {
        var place = exception.LineNumber is { } line ? string.Create(CultureInfo.InvariantCulture, $" (line {line + 1}, byte {exception.BytePositionInLine + 1})") : "";
        var path = exception.Path is { Length: > 0 } and not "$" ? $" at {exception.Path}" : "";
        var quoted = exception.Message.Split('\'');
        var what = exception.Message.StartsWith("The JSON property '", StringComparison.Ordinal) && quoted.Length > 1 ? $"it has a field '{quoted[1]}' that is not known here"
            : exception.Message.StartsWith("Duplicate", StringComparison.Ordinal) ? "a field is given twice"
            : exception.Message.Contains("System.", StringComparison.Ordinal) || exception.Message.Contains("Sluice.", StringComparison.Ordinal) ? "a value is of the wrong type"
            : exception.Message.Split(" Path:", 2)[0].TrimEnd('.');
        return $"The body is not JSON of the right shape{path}{place}: {what}. GET /openapi.json describes it.";
    }

    /// <summary>Reads the body.</summary>
    /// <exception cref="ApiException">It is empty.</exception>
    /// <exception cref="JsonException">It is not of the shape.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class =>
        await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted).ConfigureAwait(false)
            ?? throw new ApiException(StatusCodes.Status400BadRequest, "The body is null; write a JSON object.");

    /// <summary>Reads a whole number of the query.</summary>
    /// <exception cref="ApiException">It is none, or out of its range.</exception>
    public static long? Number(HttpContext context, string name, long least, long most)
    {
        if (!context.Request.Query.TryGetValue(name, out var values))
        {
            return null;
        }

        return values.Count == 1 && long.TryParse(values[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new ApiException(StatusCodes.Status400BadRequest, string.Create(CultureInfo.InvariantCulture, $"{name} must be one whole number from {least:N0} to {most:N0}."));
    }

    /// <summary>Reads a text of the query.</summary>
    /// <exception cref="ApiException">It is too long.</exception>
    public static string? Text(HttpContext context, string name, int longest)
    {
        if (!context.Request.Query.TryGetValue(name, out var values) || values.Count == 0 || string.IsNullOrEmpty(values[0]))
        {
            return null;
        }

        return values.Count == 1 && values[0]!.Length <= longest
            ? values[0]
            : throw new ApiException(StatusCodes.Status400BadRequest, string.Create(CultureInfo.InvariantCulture, $"{name} must be one text of at most {longest:N0} characters."));
    }

    /// <summary>Reads a choice of the query; false when it is not there.</summary>
    /// <exception cref="ApiException">It is neither true nor false.</exception>
    public static bool Flag(HttpContext context, string name) => Text(context, name, 10) switch
    {
        null or "false" => false,
        "true" => true,
        _ => throw new ApiException(StatusCodes.Status400BadRequest, $"{name} must be true or false."),
    };

    /// <summary>Reads the number of a job in the path.</summary>
    /// <exception cref="ApiException">It is none.</exception>
    public static long Job(HttpContext context) =>
        context.Request.RouteValues["id"] is string text && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0
            ? id
            : throw new ApiException(StatusCodes.Status404NotFound, "That is not the number of a job. GET /api/v1/jobs lists them.");
}
