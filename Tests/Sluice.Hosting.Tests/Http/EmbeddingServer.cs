using Sluice.Actors.Embedding;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Http.Embeddings;
using Sluice.Hosting.Tests.Cli;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Tests.Http;

/// <summary>The real server with the routes of embeddings over a real model.</summary>
internal sealed class EmbeddingServer : IAsyncDisposable
{
    private readonly ServedModels _models;
    private readonly TestServer _server;

    private EmbeddingServer(ServedModels models, TestServer server, ApiSchemas schemas) => (_models, _server, Schemas) = (models, server, schemas);

    /// <summary>What it says of itself.</summary>
    public ApiSchemas Schemas { get; }

    /// <summary>Starts it.</summary>
    public static async Task<EmbeddingServer> StartAsync(EmbeddingModel model, bool tokens = false, long maxWaiting = 65_536, int batchTokens = 512)
    {
        var models = new ServedModels(batchTokens, maxWaiting);
        var routes = new EmbeddingRoutes(models, new TestRooms { Model = _ => new ModelHandle(model) }, "", static _ => Task.FromResult<CollectionInfo?>(null));
        var server = await TestServer.StartAsync(tokens, embeddings: routes);
        if (tokens)
        {
            server.Client.DefaultRequestHeaders.Authorization = new("Bearer", TestServer.ReadToken);
        }

        return new EmbeddingServer(models, server, await ApiSchemas.OfAsync(server.Client));
    }

    /// <summary>Sends a request, and holds what comes back against the server's description.</summary>
    public async Task<(System.Net.HttpStatusCode Status, string Body, HttpResponseMessage Answer)> SendAsync(string method, string path, string? token = null, string? body = null)
    {
        var sent = await _server.SendAsync(method, path, token, body);
        Schemas.CheckAnswer(method, path, sent.Answer, sent.Body);
        return sent;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _models.DisposeAsync();
    }
}
