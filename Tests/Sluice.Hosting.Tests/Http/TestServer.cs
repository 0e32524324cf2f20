using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Http;
using Sluice.Hosting.Http.Embeddings;

namespace Sluice.Hosting.Tests.Http;

/// <summary>The real server around a scripted room, on a port of its own.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    public const string ControlToken = "control-token-0123456789";
    public const string ReadToken = "read-only-token-0123456789";

    private readonly ApiServer _server;

    private TestServer(ApiServer server, ScriptedRoom room)
    {
        _server = server;
        Room = room;
        Client = new HttpClient { BaseAddress = new Uri(server.Address), Timeout = TimeSpan.FromSeconds(60) };
    }

    public ScriptedRoom Room { get; }

    public HttpClient Client { get; }

    public Uri Address => Client.BaseAddress!;

    public static async Task<TestServer> StartAsync(bool tokens = false, HttpOptions? options = null, EmbeddingRoutes? embeddings = null)
    {
        var room = new ScriptedRoom();
        var parts = new ApiServerParts(
            "127.0.0.1:0", "test", options ?? new HttpOptions(), tokens ? new ApiTokens(ControlToken, ReadToken) : new ApiTokens(null, null), room, room.CheckAsync, null, NullLoggerFactory.Instance, TimeProvider.System) { Embeddings = embeddings };
        return new TestServer(await ApiServer.StartAsync(parts, CancellationToken.None), room);
    }

    /// <summary>Sends a request.</summary>
    public async Task<(HttpStatusCode Status, string Body, HttpResponseMessage Answer)> SendAsync(string method, string path, string? token = null, string? body = null, string? type = "application/json", Action<HttpRequestMessage>? more = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (token is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", token.Contains(' ', StringComparison.Ordinal) ? token : "Bearer " + token);
        }

        if (method == "POST")
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body ?? ""));
            if (type is not null)
            {
                request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
            }
        }

        more?.Invoke(request);
        var answer = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var text = answer.Content.Headers.ContentType?.MediaType == "text/event-stream" ? "" : await answer.Content.ReadAsStringAsync();
        return (answer.StatusCode, text, answer);
    }

    /// <summary>Sends bytes as they are, and reads the first line of the answer.</summary>
    public async Task<string> SendRawAsync(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Address.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        using var reader = new StreamReader(stream, Encoding.Latin1);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        return await reader.ReadLineAsync(patience.Token) ?? "";
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.DisposeAsync();
    }
}
