using System.IO.Compression;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;
using Sluice.Actors.Embedding;
using Sluice.Streams.Chunks;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Models;

namespace Sluice.Hosting.Tests.Http;

/// <summary>Models of several and of sparse vectors as a server: what is answered is what the embedder of an ingestion gives, and questions are marked as such.</summary>
public sealed class MultiEmbeddingRoutesTests : IDisposable
{
    private const string Path = "/v1/embeddings/multi";
    private static readonly string[] Texts = ["the database writes vectors, and", "a checkpoint", "", "search when does it restart? Die Größe des Puffers."];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Multi_LateInteraction_DocumentsAndQueriesAreWhatTheEmbedderGives()
    {
        await using var model = Open("late");
        await using var server = await EmbeddingServer.StartAsync(model);
        var documents = await AskAsync(server, new { input = Texts });
        var expected = await ExpectedAsync(model);
        for (var text = 0; text < Texts.Length; text++)
        {
            var rows = (MultiVectorEmbedding)expected[text];
            Rows(documents[text]).ShouldBe(rows.Values.ToArray(), 1e-5, Texts[text]);
            documents[text].GetProperty("embeddings").GetArrayLength().ShouldBe(rows.Rows);
        }

        var encoded = await AskAsync(server, new { input = Texts[1], encoding_format = "base64" });
        MemoryMarshal.Cast<byte, float>(encoded[0].GetProperty("embeddings")[0].GetBytesFromBase64()).ToArray().ShouldBe(((MultiVectorEmbedding)expected[1]).Values[..ParityModels.Projected].ToArray(), 1e-5);

        var queries = await AskAsync(server, new { input = Texts, input_type = "query", dimensions = ParityModels.Projected });
        for (var text = 0; text < Texts.Length; text++)
        {
            var query = (MultiVectorEmbedding)await model.EmbedQueryAsync(Texts[text], CancellationToken.None);
            queries[text].GetProperty("embeddings").GetArrayLength().ShouldBe(ParityModels.QueryLength, "a query is filled up with mask tokens");
            Rows(queries[text]).ShouldBe(query.Values.ToArray(), 1e-5, Texts[text]);
        }

        Rows(queries[1]).Take(ParityModels.Projected).ShouldNotBe(Rows(documents[1]).Take(ParityModels.Projected), "a query has a marker of its own");
    }

    [Fact]
    public async Task Multi_Sparse_IsWhatTheEmbedderGives()
    {
        await using var model = Open("sparse");
        await using var server = await EmbeddingServer.StartAsync(model);
        var answers = await AskAsync(server, new { input = Texts });
        var expected = await ExpectedAsync(model);
        for (var text = 0; text < Texts.Length; text++)
        {
            var terms = (SparseEmbedding)expected[text];
            answers[text].GetProperty("indices").EnumerateArray().Select(static index => index.GetInt32()).ShouldBe(terms.Indices.ToArray());
            answers[text].GetProperty("values").EnumerateArray().Select(static value => value.GetSingle()).ToArray().ShouldBe(terms.Values.ToArray(), 1e-5);
        }

        answers[0].GetProperty("indices").GetArrayLength().ShouldBeGreaterThan(0);
        var (status, body, _) = await server.SendAsync("POST", "/v1/embeddings", body: """{"input":"x"}""");
        status.ShouldBe(HttpStatusCode.BadRequest);
        body.ShouldContain("makes sparse vectors: POST /v1/embeddings/multi.");
        (status, body, _) = await server.SendAsync("POST", Path, body: """{"input":"x","dimensions":64}""");
        status.ShouldBe(HttpStatusCode.BadRequest);
        body.ShouldContain("Only one dense vector a text can be cut");
    }

    private static async Task<JsonElement> AskAsync(EmbeddingServer server, object request)
    {
        var text = JsonSerializer.Serialize(request);
        server.Schemas.CheckRequest("POST", Path, text);
        var (status, body, _) = await server.SendAsync("POST", Path, body: text);
        status.ShouldBe(HttpStatusCode.OK, body);
        return JsonDocument.Parse(body).RootElement.GetProperty("data");
    }

    /// <summary>What an ingestion's embedder gives for the tokens that its chunker counts.</summary>
    private static async Task<IReadOnlyList<Embedding>> ExpectedAsync(EmbeddingModel model)
    {
        await using var embedder = model.CreateEmbedder();
        var tokens = new TokenBuffer();
        return await embedder.EmbedAsync(
            [.. Texts.Select(text =>
            {
                model.Tokenizer.Encode(model.Info.DocumentPrompt + text, tokens);
                return (ReadOnlyMemory<int>)tokens.Ids.ToArray();
            })],
            CancellationToken.None);
    }

    private static float[] Rows(JsonElement item) => [.. item.GetProperty("embeddings").EnumerateArray().SelectMany(static row => row.EnumerateArray().Select(static value => value.GetSingle()))];

    private EmbeddingModel Open(string kind)
    {
        using var file = File.OpenRead(System.IO.Path.Combine(TestKit.Models.Repository.Root, "Tests/Sluice.Actors.Tests/Chunking/Tokenizers/Data/bert-uncased.tokenizer.json.gz"));
        using var text = new GZipStream(file, CompressionMode.Decompress);
        using var content = new MemoryStream();
        text.CopyTo(content);
        ParityModels.Write(_folder.Path, "bert-uncased", content.ToArray(), kind);
        return EmbeddingModel.Open(ModelFolder.Open(_folder.Path), new EmbeddingOptions { Threads = 1 });
    }
}
