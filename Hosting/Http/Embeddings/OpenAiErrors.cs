using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Sluice.Hosting.Http.Contract;

namespace Sluice.Hosting.Http.Embeddings;

/// <summary>Writes errors as OpenAI's API does (https://platform.openai.com/docs/guides/error-codes), so that its clients know what to do.</summary>
internal static class OpenAiErrors
{
    /// <summary>Writes one; status and headers are set already.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">The status.</param>
    /// <param name="message">What happened, and what to do.</param>
    /// <param name="refusal">Says field and code; null when there are none.</param>
    /// <returns>When it is written.</returns>
    public static Task WriteAsync(HttpContext context, int status, string message, ApiException? refusal)
    {
        var (type, code) = status switch
        {
            StatusCodes.Status401Unauthorized => ("invalid_request_error", "invalid_api_key"),
            StatusCodes.Status429TooManyRequests => ("tokens", "rate_limit_exceeded"),
            >= StatusCodes.Status500InternalServerError => ("server_error", null),
            _ => ("invalid_request_error", null),
        };
        if (status == StatusCodes.Status409Conflict)
        {
            context.Response.Headers["x-should-retry"] = "false"; // Its clients take this status for one that passes.
        }

        var error = new OpenAiError(new OpenAiErrorDetail(message, type, refusal?.Field, refusal?.Code ?? code));
        return JsonSerializer.SerializeAsync(context.Response.Body, error, ApiJson.Default.OpenAiError, context.RequestAborted);
    }
}
