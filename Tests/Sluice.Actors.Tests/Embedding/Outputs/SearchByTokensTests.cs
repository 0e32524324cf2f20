using Sluice.Actors.Embedding;
using Sluice.Actors.Sinks;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Conformance;

namespace Sluice.Actors.Tests.Embedding.Outputs;

/// <summary>Models of several vectors, and of terms, from the chunk's tokens to the hit.</summary>
public sealed class SearchByTokensTests : IDisposable
{
    private static readonly string[] s_words = ["apple", "bread", "cheese", "drum", "engine", "flute", "garden", "harbour", "island", "jungle"];
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(ModelOutput.MultiVector, "")]
    [InlineData(ModelOutput.MultiVector, "&elements=int8")]
    [InlineData(ModelOutput.Sparse, "")]
    public async Task SearchAsync_QuestionOfTheWordsOfAChunk_FindsIt(ModelOutput output, string elements)
    {
        WriteModel(_folder.File("model"));
        var options = new EmbeddingOptions { Threads = 1, Output = output };
        await using var model = EmbeddingModel.Open(ModelFolder.Open(_folder.File("model"), null, options), options);
        await model.CheckAsync(CancellationToken.None);
        await using var sink = VectorSinks.Open($"sqlite:{_folder.File("sink.db")}?collection=c{elements}", new SinkOptions(), TimeProvider.System);
        await sink.EnsureCollectionAsync(new CollectionSpec(model.Info), CancellationToken.None);
        await using var embedder = model.CreateEmbedder();
        var buffer = new TokenBuffer();
        var texts = Enumerable.Range(0, 200).Select(i => $"{s_words[i % 10]}, {s_words[i / 10 % 10]} {(i >= 100 ? s_words[3] + "!" : "")}").Distinct().ToArray();
        var embeddings = await embedder.EmbedAsync([.. texts.Select(text => (ReadOnlyMemory<int>)model.Encode(text, buffer))], CancellationToken.None);
        var document = DocumentId.FromUri("file:///a");
        var records = texts.Select((text, i) => new VectorRecord(document, "file:///a", new Chunk(ChunkId.Create(document, text, 0), text, ReadOnlyMemory<int>.Empty, new Place(i, i)), embeddings[i])).ToList();
        (await sink.UpsertAsync(records, CancellationToken.None)).ShouldBeEmpty();
        foreach (var (question, expected) in new[] { ("garden island", "garden, island "), ("harbour bread", "harbour, bread ") })
        {
            var hits = await sink.SearchAsync(new SearchQuery(question, await model.EmbedQueryAsync(question, CancellationToken.None), SearchMode.Vector, 4), CancellationToken.None);
            hits.Select(static hit => hit.Text.Split('!')[0].Replace("drum", "", StringComparison.Ordinal).Trim()).Select(static text => string.Join(' ', text.Split(", ").Order(StringComparer.Ordinal)))
                .Distinct().ShouldHaveSingleItem().ShouldBe(string.Join(' ', expected.Trim().Split(", ").Order(StringComparer.Ordinal)));
        }
    }

    /// <summary>Each word has a direction of its own.</summary>
    private static void WriteModel(string folder)
    {
        string[] tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[unused0]", "[unused1]", "!", ",", .. s_words];
        var graph = new Sluice.Actors.Embedding.Onnx.OnnxGraphBuilder("words");
        graph.Input("input_ids", Sluice.Actors.Embedding.Onnx.OnnxGraphBuilder.Int64, "batch", "sequence");
        graph.Output("last_hidden_state", Sluice.Actors.Embedding.Onnx.OnnxGraphBuilder.Float, "batch", "sequence", tokens.Length);
        var table = new float[tokens.Length * tokens.Length];
        for (var i = 0; i < tokens.Length; i++)
        {
            table[(i * tokens.Length) + i] = i < 9 ? 0.1f : 1;
        }

        graph.Node("Gather", "gather", [graph.Tensor("table", table, tokens.Length, tokens.Length), "input_ids"], ["last_hidden_state"]);
        TinyModel.Save(graph, folder);
        File.Delete(Path.Combine(folder, "tokenizer.json"));
        TinyModel.Write(folder, "vocab.txt", string.Join('\n', tokens));
        TinyModel.Write(folder, "config.json", $$"""{"hidden_size":{{tokens.Length}},"max_position_embeddings":64}""");
        TinyModel.Write(folder, "artifact.metadata", """{"query_token_id":"[unused0]","doc_token_id":"[unused1]","query_maxlen":8,"doc_maxlen":32}""");
    }
}
