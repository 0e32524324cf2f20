using System.Numerics.Tensors;
using Sluice.Actors.Embedding;
using Sluice.Streams.Chunks;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Models;

namespace Sluice.Actors.Tests.Embedding.Outputs;

public sealed class LateInteractionTests : IDisposable
{
    private const string Vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n[unused0]\n[unused1]\nsmall\n##er\n!\n,\n";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Open_FilesOfTheOriginal_AreUnderstood()
    {
        WriteOriginal(queryLength: 8);
        await using var model = Open();
        model.Info.Kind.ShouldBe(EmbeddingKind.MultiVector);
        model.Info.Dimension.ShouldBe(4);
        model.Info.MaxTokens.ShouldBe(12);
        model.Encode("smaller!", new TokenBuffer()).ShouldBe([2, 6, 7, 8, 9, 3], "the mark of a document stands behind the first token");
        model.EncodeQuery("smaller!", new TokenBuffer()).ShouldBe([2, 5, 7, 8, 9, 3, 4, 4], "a query is filled up with mask tokens");
        model.EncodeQuery("small small small small small small small small", new TokenBuffer()).ShouldBe([2, 5, 7, 7, 7, 7, 7, 3], "and cut");
        var facts = model.Describe().ToDictionary(static fact => fact.Name);
        facts["documents"].ShouldBe(new ModelFact("documents", "marked with [unused1] (6); vectors of 2 tokens are left out", "artifact.metadata"));
        facts["queries"].ShouldBe(new ModelFact("queries", "marked with [unused0] (5); filled up to 8 tokens with 4, not seen by the others", "artifact.metadata"));
        facts["longest text"].ShouldBe(new ModelFact("longest text", "12 tokens", "artifact.metadata"));
    }

    [Fact]
    public async Task EmbedAsync_Documents_LeavesPunctuationAndPaddingOut()
    {
        WriteOriginal(queryLength: 8);
        await using var model = Open();
        await using var embedder = model.CreateEmbedder();
        var buffer = new TokenBuffer();
        ReadOnlyMemory<int>[] texts = [model.Encode("small!", buffer), model.Encode("small small, small!", buffer), model.Encode("", buffer)];
        var embeddings = await embedder.EmbedAsync(texts, CancellationToken.None);
        ShouldBeVectorsOf(embeddings[0], 2, 6, 7, 3);
        ShouldBeVectorsOf(embeddings[1], 2, 6, 7, 7, 7, 3);
        ShouldBeVectorsOf(embeddings[2], 2, 6, 3);
    }

    [Fact]
    public async Task EmbedQueryAsync_Question_KeepsAllItsVectors()
    {
        WriteOriginal(queryLength: 8);
        await using var model = Open();
        ShouldBeVectorsOf(await model.EmbedQueryAsync("small!", CancellationToken.None), 2, 5, 7, 9, 3, 4, 4, 4);
    }

    [Theory]
    [InlineData(false, new[] { 1f, 1, 1, 1, 0, 0, 0, 0 })]
    [InlineData(true, new[] { 1f, 1, 1, 1, 1, 1, 1, 1 })]
    public async Task EmbedQueryAsync_MaskTokens_AreSeenOnlyWhereTheModelSaysSo(bool attends, float[] expected)
    {
        WriteOriginal(queryLength: 8, attends);
        TinyModel.WriteEcho(_folder.Root, "attention_mask");
        File.Delete(_folder["tokenizer.json"]);
        await using var model = Open();
        var embedding = (await model.EmbedQueryAsync("small", CancellationToken.None)).ShouldBeOfType<MultiVectorEmbedding>();
        for (var row = 0; row < 8; row++)
        {
            TensorPrimitives.Norm(embedding.Values.Span.Slice(row * 4, 4)).ShouldBe(expected[row], 1e-5f, $"token {row}");
        }
    }

    [Fact]
    public async Task EmbedAsync_ProjectionInAFolder_IsComputedForEachToken()
    {
        TinyModel.WriteTokens(_folder.Root, 11);
        WriteVocabulary();
        TinyModel.Write(_folder.Root, "modules.json", """[{"path":"","type":"sentence_transformers.models.Transformer"},{"path":"1_Dense","type":"pylate.models.Dense.Dense"}]""");
        TinyModel.Write(_folder.Root, "config_sentence_transformers.json", """
            {"query_prefix":"[unused0]","document_prefix":"[unused1]","query_length":6,"document_length":10,"attend_to_expansion_tokens":false,"do_query_expansion":false,"skiplist_words":["!"],"similarity_fn_name":"MaxSim"}
            """);
        SafeTensors.WriteLayer(_folder["1_Dense"], [0, 1, 0, 0, 1, 0, 0, 0], 4);
        TinyModel.Write(_folder.Root, "1_Dense/config.json", """{"in_features":4,"out_features":2,"bias":false,"module_input_name":"token_embeddings"}""");
        await using var model = Open();
        model.Info.Dimension.ShouldBe(2);
        model.Info.MaxTokens.ShouldBe(10);
        model.EncodeQuery("small", new TokenBuffer()).ShouldBe([2, 5, 7, 3], "this one does not fill queries up");
        await using var embedder = model.CreateEmbedder();
        var embedding = (await embedder.EmbedAsync([model.Encode("small, small!", new TokenBuffer())], CancellationToken.None))[0].ShouldBeOfType<MultiVectorEmbedding>();
        embedding.Rows.ShouldBe(6, "only the exclamation mark is left out");
        var row = embedding.Values.Span.Slice(2 * 2, 2).ToArray();
        var norm = MathF.Sqrt((49 * 49) + (7 * 7));
        row.ShouldBe([49 / norm, 7 / norm], 1e-5);
        var facts = model.Describe();
        facts.ShouldContain(new ModelFact("linear layer", "4 to 2", "1_Dense/config.json"));
        facts.ShouldContain(new ModelFact("queries", "marked with [unused0] (5); at most 6 tokens", "config_sentence_transformers.json"));
    }

    [Fact]
    public async Task EmbedAsync_TokenPooling_GivesFewerVectors()
    {
        WriteOriginal(queryLength: 8);
        await using var model = Open(new EmbeddingOptions { Threads = 1, TokenPooling = 2 });
        await using var whole = Open();
        model.Info.Fingerprint.ShouldNotBe(whole.Info.Fingerprint);
        await using var embedder = model.CreateEmbedder();
        var embeddings = await embedder.EmbedAsync([model.Encode("small small small small", new TokenBuffer())], CancellationToken.None);
        var embedding = embeddings[0].ShouldBeOfType<MultiVectorEmbedding>();
        embedding.Rows.ShouldBe(1 + (6 / 2));
        ShouldBeVectorsOf(new MultiVectorEmbedding(embedding.Values[..4], 1, 4), 2);
        ((MultiVectorEmbedding)await model.EmbedQueryAsync("small", CancellationToken.None)).Rows.ShouldBe(8, "queries are not pooled");
    }

    [Fact]
    public async Task Open_TokensMissing_AreNamed()
    {
        WriteOriginal(queryLength: 8);
        TinyModel.Write(_folder.Root, "vocab.txt", Vocabulary.Replace("[unused1]", "other", StringComparison.Ordinal));
        (await FailAsync()).ShouldContain("vocab.txt: it has no token '[unused1]', with which this late-interaction model marks documents");
        TinyModel.Write(_folder.Root, "vocab.txt", Vocabulary.Replace("[MASK]", "other", StringComparison.Ordinal));
        (await FailAsync()).ShouldContain("vocab.txt: it has no mask token ([MASK], <mask>)");

        async Task<string> FailAsync()
        {
            await using var model = Open();
            return Should.Throw<ModelException>(() => model.Tokenizer).Message;
        }
    }

    [Fact]
    public void Open_OneVectorAText_IsRefused()
    {
        WriteOriginal(queryLength: 8);
        TinyModel.WriteHungry(_folder.Root, 1);
        Should.Throw<ModelException>(() => ModelFolder.Open(_folder.Root)).Message.ShouldContain("the output 'sentence_embedding' is one vector a text, and a late-interaction model has one a token");
        Should.Throw<ModelException>(() => ModelFolder.Open(_folder.Root, null, new EmbeddingOptions { Output = ModelOutput.Dense, Dimensions = 9 })).Message.ShouldContain("its vectors have 4 components");
    }

    private static void ShouldBeVectorsOf(Sluice.Streams.Vectors.Embedding embedding, params int[] ids)
    {
        var several = embedding.ShouldBeOfType<MultiVectorEmbedding>();
        several.Rows.ShouldBe(ids.Length);
        several.Dimension.ShouldBe(4);
        for (var row = 0; row < ids.Length; row++)
        {
            var expected = TinyModel.Vector(ids[row]);
            var norm = TensorPrimitives.Norm<float>(expected);
            several.Values.Span.Slice(row * 4, 4).ToArray().ShouldBe(expected.Select(value => value / norm), 1e-5, $"row {row}");
        }
    }

    private void WriteOriginal(int queryLength, bool attends = false)
    {
        TinyModel.WriteTokens(_folder.Root, 11);
        WriteVocabulary();
        TinyModel.Write(_folder.Root, "config.json", """{"architectures":["HF_ColBERT"],"max_position_embeddings":512}""");
        TinyModel.Write(_folder.Root, "artifact.metadata", $$"""
            {"query_token_id":"[unused0]","doc_token_id":"[unused1]","query_token":"[Q]","doc_token":"[D]","query_maxlen":{{queryLength}},"doc_maxlen":12,"dim":4,"mask_punctuation":true,"attend_to_mask_tokens":{{(attends ? "true" : "false")}},"similarity":"cosine"}
            """);
    }

    private void WriteVocabulary()
    {
        File.Delete(_folder["tokenizer.json"]);
        TinyModel.Write(_folder.Root, "vocab.txt", Vocabulary);
    }

    private EmbeddingModel Open(EmbeddingOptions? options = null)
        => EmbeddingModel.Open(ModelFolder.Open(_folder.Root, null, options), options ?? new EmbeddingOptions { Threads = 1 });
}
