using Sluice.Actors.Sinks.Http;

namespace Sluice.Actors.Sinks.Weaviate;

/// <summary>
/// Keeps what a proxy in front of a gRPC server says about waiting: an answer with a status of HTTP becomes an error of gRPC in which the header is lost, so it is thrown here.
/// </summary>
internal sealed class RetryAfterHandler(HttpMessageHandler inner, TimeProvider time) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (response.IsSuccessStatusCode || SinkResponse.RetryAfterOf(response, time) is not { } wait)
        {
            return response;
        }

        var status = (int)response.StatusCode;
        response.Dispose();
        throw new AskedToWaitException(status, wait);
    }
}
