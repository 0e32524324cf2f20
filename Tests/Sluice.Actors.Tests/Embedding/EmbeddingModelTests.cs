using System.Numerics.Tensors;
using Microsoft.Extensions.AI;
using Sluice.Actors.Embedding;
using Sluice.Streams.Chunks;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Models;

namespace Sluice.Actors.Tests.Embedding;

public sealed class EmbeddingModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task EmbedQueryAsync_Question_IsNearestToItsAnswer()
    {
        await using var model = await TestModel.OpenAsync();
        var question = Values(await model.EmbedQueryAsync("How do I bake bread?", CancellationToken.None));
        var answer = Values(await model.EmbedQueryAsync("Knead the dough and put the loaf into the oven.", CancellationToken.None));
        var other = Values(await model.EmbedQueryAsync("The stock market closed lower on Friday.", CancellationToken.None));
        TensorPrimitives.CosineSimilarity(question, answer).ShouldBeGreaterThan(TensorPrimitives.CosineSimilarity(question, other));
    }

    [Fact]
    public async Task EmbedQueryAsync_LongText_IsCutToTheModel()
    {
        await using var model = await TestModel.OpenAsync();
        var text = string.Concat(Enumerable.Repeat("word after word ", 1000));
        var tokens = new TokenBuffer();
        model.Tokenizer.Encode(text, tokens);
        await using var embedder = model.CreateEmbedder();
        var expected = Values((await embedder.EmbedAsync([tokens.Ids[..128].ToArray()], CancellationToken.None))[0]);
        TensorPrimitives.Distance(Values(await model.EmbedQueryAsync(text, CancellationToken.None)), expected).ShouldBeLessThan(1e-5f);
    }

    [Fact]
    public async Task EmbedQueryAsync_ModelWithPromptAndMarks_UsesBoth()
    {
        TinyModel.WriteTokens(_folder.Root);
        TinyModel.Write(_folder.Root, "tokenizer.json", """
            {"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"x"}},{"Sequence":{"id":"A"}},{"SpecialToken":{"id":"y"}}],"special_tokens":{"x":{"ids":[8]},"y":{"ids":[9]}}},
             "model":{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["a",-1],["b",-1],["c",-1]]}}
            """);
        TinyModel.Write(_folder.Root, "sentence_bert_config.json", """{"max_seq_length":5}""");
        TinyModel.Write(_folder.Root, "config_sentence_transformers.json", """{"prompts":{"query":"c"}}""");
        await using var model = EmbeddingModel.Open(ModelFolder.Open(_folder.Root), new EmbeddingOptions { Threads = 1 });
        model.Encode("abcabc", new TokenBuffer()).ShouldBe([8, 1, 2, 3, 9], "the mark at the end stays");
        Values(await model.EmbedQueryAsync("ab", CancellationToken.None))[0].ShouldBe((8 + 3 + 1 + 2 + 9) / 5f, 1e-5f);
    }

    [Fact]
    public async Task List_CacheWithGoodAndBadFolders_TellsThemApart()
    {
        TinyModel.WriteTokens(_folder["models/tiny"]);
        Directory.CreateDirectory(_folder["models/broken"]);
        Directory.CreateDirectory(_folder["models/.use-lite-1.tmp"]);
        var catalog = new ModelCatalog(_folder.Root);
        var entries = catalog.List();
        entries.Select(static entry => entry.Name).ShouldBe(["broken", "tiny"]);
        entries[0].Fault.ShouldNotBeNull().ShouldContain("there is no model.onnx");
        entries[1].Folder.ShouldNotBeNull().Info.Dimension.ShouldBe(4);
        await using var byName = catalog.Open("tiny");
        await using var byPath = catalog.Open(_folder["models/tiny"]);
        byPath.Info.ShouldBe(byName.Info);
        Should.Throw<ModelException>(() => catalog.Resolve("tinny")).Message.ShouldContain("There is no model 'tinny' in");
        Should.Throw<ModelException>(() => catalog.Resolve("tinny")).Message.ShouldContain("which has broken, tiny");
        Should.Throw<ModelException>(() => catalog.Resolve("./tinny")).Message.ShouldContain("there is no such model folder");
        new ModelCatalog(_folder["empty"]).List().ShouldBeEmpty();
    }

    [Fact]
    public async Task GenerateAsync_Texts_GivesTheirVectorsInOrder()
    {
        await using var model = await TestModel.OpenAsync();
        using var generator = new TextEmbeddingGenerator(model);
        string[] texts = [string.Concat(Enumerable.Repeat("a rather long text ", 60)), "short", "", "of middle length, more or less"];
        var results = await generator.GenerateAsync(texts);
        results.Count.ShouldBe(4);
        for (var i = 0; i < texts.Length; i++)
        {
            var expected = Values(await model.EmbedQueryAsync(texts[i], CancellationToken.None));
            TensorPrimitives.Distance(results[i].Vector.Span, expected).ShouldBeLessThan(1e-5f);
        }

        results.Usage.ShouldNotBeNull().InputTokenCount.ShouldNotBeNull().ShouldBeGreaterThan(128);
        generator.GetService<EmbeddingGeneratorMetadata>().ShouldNotBeNull().DefaultModelDimensions.ShouldBe(512);
        (await generator.GenerateAsync([])).ShouldBeEmpty();
        await Should.ThrowAsync<NotSupportedException>(() => generator.GenerateAsync(texts, new EmbeddingGenerationOptions { Dimensions = 64 }));
    }

    private static float[] Values(Sluice.Streams.Vectors.Embedding embedding) => ((DenseEmbedding)embedding).Values.ToArray();
}
