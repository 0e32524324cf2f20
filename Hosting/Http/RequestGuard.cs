using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sluice.Hosting.Http;

/// <summary>
/// Stands before every route: lets through what is addressed to this server by a name of its own, comes from no other origin, and has the token that the route asks
/// for; turns failures into problem details. The name matters only where no token is needed: a web page that reaches the server by a name of its own
/// (DNS rebinding) has no token.
/// </summary>
/// <param name="addresses">Addresses that the server listens on, as they stand in URLs.</param>
/// <param name="names">Further names of the server.</param>
/// <param name="tokens">The tokens.</param>
/// <param name="page">The page's files.</param>
/// <param name="logger">Told of defects.</param>
internal sealed class RequestGuard(IEnumerable<string> addresses, IEnumerable<string> names, ApiTokens tokens, PageFiles page, ILogger logger)
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private readonly FrozenSet<string> _hosts = addresses.Concat(names).Append("localhost").ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Handles a request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="next">What it guards.</param>
    /// <returns>When it is answered.</returns>
    public async Task HandleAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            SetHeaders(context.Response.Headers);
            if (Refuse(context) is var (status, detail))
            {
                await ApiAnswers.WriteProblemAsync(context, status, detail).ConfigureAwait(false);
                return;
            }

            if (context.GetEndpoint() is not null)
            {
                await next(context).ConfigureAwait(false);
                if (context.Response is { StatusCode: StatusCodes.Status405MethodNotAllowed, HasStarted: false })
                {
                    await ApiAnswers.WriteProblemAsync(context, StatusCodes.Status405MethodNotAllowed, $"{context.Request.Method} is not a method of this route; it has {context.Response.Headers.Allow}.").ConfigureAwait(false);
                }
            }
            else if (!(HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)) || !await page.TryServeAsync(context).ConfigureAwait(false))
            {
                await ApiAnswers.WriteProblemAsync(context, StatusCodes.Status404NotFound, "There is nothing here. docs/api.md and /openapi.json list what there is.").ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone.
        }
        catch (Exception exception) when (ApiAnswers.Explain(exception) is var (status, detail))
        {
            await ApiAnswers.WriteProblemAsync(context, status, detail, exception as ApiException).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not (OutOfMemoryException or StackOverflowException))
        {
            HttpLog.Failed(logger, exception, context.Request.Method, context.GetEndpoint()?.DisplayName ?? "");
            await ApiAnswers.WriteProblemAsync(context, StatusCodes.Status500InternalServerError, "An unexpected failure; the server's log says which.").ConfigureAwait(false);
        }
    }

    private static void SetHeaders(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.XFrameOptions = "DENY";
    }

    private static bool IsPage(HttpContext context) => context.GetEndpoint() is null && !context.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase) && !ApiAnswers.IsOpenAis(context.Request.Path);

    private (int Status, string Detail)? Refuse(HttpContext context)
    {
        var request = context.Request;
        if (context.GetEndpoint()?.Metadata.GetMetadata<ApiRoute>() is { Access: ApiAccess.None })
        {
            return null; // Health: probes address it in any way.
        }

        if (!tokens.AreNeeded && !_hosts.Contains(request.Host.Host.Trim('[', ']')))
        {
            return (StatusCodes.Status421MisdirectedRequest, "This server is not known by that name. Address it as it is printed at its start, or add the name to sluice.http.host-names.");
        }

        if (IsPage(context))
        {
            return null;
        }

        if (request.Headers.Origin is [{ Length: > 0 } origin] && !origin.Equals($"{request.Scheme}://{request.Host.Value}", StringComparison.OrdinalIgnoreCase))
        {
            return (StatusCodes.Status403Forbidden, "Requests from other origins are not answered.");
        }

        if (request.Headers["Sec-Fetch-Site"] is [{ } site] && site is "cross-site" or "same-site")
        {
            return (StatusCodes.Status403Forbidden, "Requests from other sites are not answered.");
        }

        var access = tokens.Check(request.Headers.Authorization);
        if (access == ApiAccess.None)
        {
            return (StatusCodes.Status401Unauthorized, "A token is needed: Authorization: Bearer TOKEN.");
        }

        var route = context.GetEndpoint()?.Metadata.GetMetadata<ApiRoute>();
        if (route is { Access: ApiAccess.Control } && access != ApiAccess.Control)
        {
            return (StatusCodes.Status403Forbidden, "This token may only look; the control token is needed.");
        }

        return HttpMethods.IsPost(request.Method) && route is not null && !IsJson(request.ContentType)
            ? (StatusCodes.Status415UnsupportedMediaType, "Send Content-Type: application/json, also without a body.")
            : null;
    }

    private static bool IsJson(string? type) => type is not null && type.Split(';')[0].Trim().Equals("application/json", StringComparison.OrdinalIgnoreCase);
}
