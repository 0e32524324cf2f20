using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Http;
using Sluice.Hosting.Http.Contract;
using Sluice.Hosting.Http.Local;
using Sluice.Streams.Failures;

namespace Sluice.Hosting.Cli;

/// <summary>Asks a running Sluice over its API.</summary>
internal sealed class ApiClient : IDisposable
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);
    private readonly HttpClient _client;

    /// <summary>Makes it; nothing is asked yet.</summary>
    /// <param name="address">The address; null for the usual one of this machine.</param>
    /// <param name="environment">Has the tokens.</param>
    /// <exception cref="ConfigurationException">It is not an address.</exception>
    public ApiClient(string? address, IReadOnlyDictionary<string, string> environment)
    {
        address ??= $"http://127.0.0.1:{LocalServer.UsualPort}";
        address = address.Contains("://", StringComparison.Ordinal) ? address : "http://" + address;
        if (!Uri.TryCreate(address.TrimEnd('/') + "/", UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            throw new ConfigurationException($"{Secrets.Redact(address)} is not the address of a Sluice; write for example http://127.0.0.1:{LocalServer.UsualPort}.");
        }

        _client = new HttpClient { BaseAddress = uri, Timeout = s_timeout };
        var token = environment.GetValueOrDefault(ApiTokens.ReadVariable) is { Length: > 0 } read ? read : environment.GetValueOrDefault(ApiTokens.ControlVariable);
        if (!string.IsNullOrEmpty(token))
        {
            _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    /// <summary>All at a glance.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The overview and the nodes.</returns>
    /// <exception cref="StorageException">Nobody answers there, or not in a way that is understood.</exception>
    public async Task<(Overview Overview, NodeList Nodes)> LookAsync(CancellationToken cancellationToken) =>
        (await GetAsync("api/v1/overview", ApiJson.Default.Overview, cancellationToken), await GetAsync("api/v1/nodes", ApiJson.Default.NodeList, cancellationToken));

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await _client.GetAsync(path, cancellationToken);
            var text = await answer.Content.ReadAsStringAsync(cancellationToken);
            if (!answer.IsSuccessStatusCode)
            {
                var detail = answer.Content.Headers.ContentType?.MediaType == "application/problem+json" ? JsonSerializer.Deserialize(text, ApiJson.Default.Problem)?.Detail : null;
                throw new StorageException($"{_client.BaseAddress} answers {(int)answer.StatusCode}: {detail ?? answer.ReasonPhrase} ({ApiTokens.ReadVariable} or {ApiTokens.ControlVariable} hold the token.)");
            }

            return JsonSerializer.Deserialize(text, type) ?? throw new JsonException("null");
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException || (exception is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new StorageException($"{_client.BaseAddress} is not a Sluice that answers: {exception.Message.TrimEnd('.')}. Start one with `sluice serve`, `sluice ingest PATH --dashboard` or `sluice node --http`.", exception);
        }
    }
}
