using Sluice.Actors.Embedding;
using Sluice.Actors.Tests.Chunking.Tokenizers;

namespace Sluice.Actors.Tests.Embedding;

public sealed class ModelFactsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Describe_FolderWithoutSettings_SaysWhatIsUsual()
    {
        TinyModel.WriteTokens(_folder.Root);
        TinyModel.Write(_folder.Root, "config.json", """{"hidden_size":4}""");
        await using var model = EmbeddingModel.Open(ModelFolder.Open(_folder.Root));
        model.Describe().ShouldContain(new ModelFact("longest text", "512 tokens", "usual; no file says"));
        model.Describe().ShouldContain(new ModelFact("tokenizer", "Unigram, 4 ids, 0 added to each text", "tokenizer.json"));
    }

    [Theory]
    [InlineData("bert-uncased", "WordPiece", 2)]
    [InlineData("bpe-roberta", "BPE", 2)]
    [InlineData("unigram-bytes", "Unigram", 1)]
    public async Task Describe_FolderOfEachFamily_NamesItAndItsFiles(string family, string kind, int added)
    {
        TinyModel.WriteTokens(_folder.Root, HuggingFaceVectors.Load(family).VocabularySize);
        await File.WriteAllBytesAsync(_folder["tokenizer.json"], HuggingFaceVectors.File(family));
        TinyModel.Write(_folder.Root, "modules.json", """[{"path":"","type":"sentence_transformers.models.Transformer"},{"path":"1_Pooling","type":"sentence_transformers.models.Pooling"},{"path":"2","type":"sentence_transformers.models.Normalize"}]""");
        TinyModel.Write(_folder.Root, "1_Pooling/config.json", """{"word_embedding_dimension":4,"pooling_mode_mean_tokens":true}""");
        TinyModel.Write(_folder.Root, "config.json", """{"hidden_size":4,"max_position_embeddings":512}""");
        await using var model = EmbeddingModel.Open(ModelFolder.Open(_folder.Root));
        var facts = model.Describe().ToDictionary(static fact => fact.Name);
        facts["tokenizer"].Value.ShouldStartWith(kind + ", ");
        facts["tokenizer"].Value.ShouldEndWith($"{added} added to each text");
        facts["pooling"].ShouldBe(new ModelFact("pooling", "mean of the tokens", "1_Pooling/config.json"));
        facts["normalized"].ShouldBe(new ModelFact("normalized", "to unit length", "modules.json"));
        facts["longest text"].ShouldBe(family == "bert-uncased"
            ? new ModelFact("longest text", "128 tokens", "tokenizer.json")
            : new ModelFact("longest text", "512 tokens", "config.json"));
    }

    [Fact]
    public async Task EmbedQuery_FolderWithBertTokenizer_PoolsItsTokens()
    {
        TinyModel.WriteTokens(_folder.Root);
        File.Delete(_folder["tokenizer.json"]);
        TinyModel.Write(_folder.Root, "vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nsmall\n##er\n");
        TinyModel.Write(_folder.Root, "config.json", """{"hidden_size":4,"vocab_size":10,"max_position_embeddings":512}""");
        await using var model = EmbeddingModel.Open(ModelFolder.Open(_folder.Root), new EmbeddingOptions { Threads = 1 });
        var embedding = (await model.EmbedQueryAsync("Sm\u00E1ller!", CancellationToken.None)).ShouldBeOfType<Sluice.Streams.Vectors.DenseEmbedding>();
        var expected = new float[4];
        foreach (var id in new[] { 2, 4, 5, 1, 3 })
        {
            for (var i = 0; i < expected.Length; i++)
            {
                expected[i] += TinyModel.Vector(id)[i] / 5;
            }
        }

        embedding.Values.ToArray().ShouldBe(expected, 1e-5);
    }
}
