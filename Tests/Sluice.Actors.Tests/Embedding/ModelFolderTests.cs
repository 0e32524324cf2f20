using Sluice.Actors.Embedding;
using Sluice.Actors.Embedding.Onnx;
using Sluice.Streams.Chunks;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Models;

namespace Sluice.Actors.Tests.Embedding;

public sealed class ModelFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Open_DefaultModel_KnowsIt()
    {
        var folder = ModelFolder.Open(await TestModel.EnsureAsync());
        folder.Info.Name.ShouldBe("use-lite");
        folder.Info.Kind.ShouldBe(EmbeddingKind.Dense);
        folder.Info.Dimension.ShouldBe(512);
        folder.Info.MaxTokens.ShouldBe(128);
        folder.Info.Distance.ShouldBe(Distance.Cosine);
        folder.Info.Fingerprint.Length.ShouldBe(64);
        folder.Inputs.ShouldBe(["input_ids", "attention_mask"]);
        folder.Pooling.ShouldBe(PoolingMode.None);
        folder.VocabularySize.ShouldBe(8002);
    }

    [Fact]
    public void Open_SentenceTransformersFolder_TakesItsSettings()
    {
        TinyModel.WriteTokens(_folder.Root);
        Write("modules.json", """[{"path":"","type":"sentence_transformers.models.Transformer"},{"path":"1_Pooling","type":"sentence_transformers.models.Pooling"},{"path":"2_Normalize","type":"sentence_transformers.models.Normalize"}]""");
        Write("1_Pooling/config.json", """{"word_embedding_dimension":4,"pooling_mode_cls_token":true,"pooling_mode_mean_tokens":false}""");
        Write("config.json", """{"hidden_size":4,"max_position_embeddings":514,"model_type":"xlm-roberta","vocab_size":10}""");
        Write("tokenizer_config.json", """{"model_max_length":1e30}""");
        Write("config_sentence_transformers.json", """{"prompts":{"query":"query: ","passage":"passage: "},"similarity_fn_name":"dot"}""");
        var folder = ModelFolder.Open(_folder.Root);
        folder.Pooling.ShouldBe(PoolingMode.Cls);
        folder.Normalizes.ShouldBeTrue();
        folder.Info.MaxTokens.ShouldBe(512);
        folder.Info.Dimension.ShouldBe(4);
        folder.Info.Distance.ShouldBe(Distance.Dot);
        folder.Info.QueryPrompt.ShouldBe("query: ");
        folder.Info.DocumentPrompt.ShouldBe("passage: ");
        Write("sentence_bert_config.json", """{"max_seq_length":256}""");
        ModelFolder.Open(_folder.Root).Info.MaxTokens.ShouldBe(256);
    }

    [Theory]
    [InlineData("""{"prompts":{"query":"q: ","document":"d: ","passage":"p: "}}""", "q: ", "d: ")]
    [InlineData("""{"prompts":{"query":"q: ","corpus":"c: "},"default_prompt_name":null}""", "q: ", "c: ")]
    [InlineData("""{"prompts":{"retrieval":"r: "},"default_prompt_name":"retrieval"}""", "r: ", "r: ")]
    [InlineData("""{"prompts":{"query":"q: ","retrieval":"r: "},"default_prompt_name":"retrieval"}""", "q: ", "r: ")]
    [InlineData("""{"prompts":{"s2p_query":"s: "}}""", "", "")]
    public void Open_Prompts_AreChosenAsSentenceTransformersDoes(string settings, string query, string document)
    {
        TinyModel.WriteTokens(_folder.Root);
        Write("config_sentence_transformers.json", settings);
        var info = ModelFolder.Open(_folder.Root).Info;
        info.QueryPrompt.ShouldBe(query);
        info.DocumentPrompt.ShouldBe(document);
    }

    [Theory]
    [InlineData("""[{"path":"","type":"sentence_transformers.models.Transformer"},{"path":"1_Pooling","type":"sentence_transformers.models.Pooling"}]""", "1_Pooling/config.json: it is missing; modules.json names it, and it says how tokens are pooled. Download the folder again, with its subfolders.")]
    [InlineData("""[{"path":"","type":"sentence_transformers.models.Pooling"}]""", "/config.json: it is missing; modules.json names it")]
    public void Open_PoolingWithoutItsSettings_IsNotGuessed(string modules, string expected)
    {
        TinyModel.WriteTokens(_folder.Root);
        Write("modules.json", modules);
        Should.Throw<ModelException>(() => ModelFolder.Open(_folder.Root)).Message.ShouldContain(expected);
        Write("config.json", """{"hidden_size":4}""");
        Write("1_Pooling/config.json", """{"pooling_mode_cls_token":true}""");
        if (modules.Contains("1_Pooling", StringComparison.Ordinal))
        {
            ModelFolder.Open(_folder.Root).Pooling.ShouldBe(PoolingMode.Cls);
        }
        else
        {
            Should.Throw<ModelException>(() => ModelFolder.Open(_folder.Root)).Message.ShouldContain("config.json: no pooling mode is set", Case.Sensitive, "it is the model's own file that is read");
        }
    }

    [Fact]
    public void Open_DefaultPromptThatIsNotThere_IsNamed()
    {
        TinyModel.WriteTokens(_folder.Root);
        Write("config_sentence_transformers.json", """{"prompts":{"query":"q: ","clustering":"c: "},"default_prompt_name":"retrieval"}""");
        Should.Throw<ModelException>(() => ModelFolder.Open(_folder.Root)).Message.ShouldContain("config_sentence_transformers.json: default_prompt_name = 'retrieval', and there is no such prompt; there are query, clustering.");
    }

    [Fact]
    public async Task Open_SettingsOfAnOlderRelease_AreReadAndTextIsLowercased()
    {
        TinyModel.WriteTokens(_folder.Root);
        Write("sentence_roberta_config.json", """{"max_seq_length":77,"do_lower_case":true}""");
        var folder = ModelFolder.Open(_folder.Root);
        folder.Info.MaxTokens.ShouldBe(77);
        await using var model = EmbeddingModel.Open(folder);
        var tokens = new TokenBuffer();
        model.Encode("aBC\u00c4", tokens).ShouldBe(model.Encode("abc\u00e4", tokens));
        folder.Tokenizer.Encode("xABC", tokens);
        tokens.Starts[^1].ShouldBe(3, "places are those of the text");
        var facts = model.Describe();
        facts.ShouldContain(new ModelFact("longest text", "77 tokens", "sentence_roberta_config.json"));
        facts.ShouldContain(new ModelFact("letters", "small ones only", "sentence_roberta_config.json"));
        Write("sentence_roberta_config.json", """{"max_seq_length":77,"do_lower_case":false}""");
        ModelFolder.Open(_folder.Root).Info.Fingerprint.ShouldNotBe(folder.Info.Fingerprint);
        await using var other = EmbeddingModel.Open(ModelFolder.Open(_folder.Root));
        other.Encode("A", tokens).ShouldNotBe(other.Encode("a", tokens));
    }

    [Theory]
    [InlineData("""{"hidden_size":4,"max_position_embeddings":128}""", 100_000)]
    [InlineData("""{"hidden_size":4,"max_position_embeddings":128,"model_type":"bert"}""", 129)]
    [InlineData("""{"hidden_size":4,"max_position_embeddings":130,"model_type":"roberta"}""", 131)]
    public void Open_LongerThanThePositions_IsRefused(string config, int length)
    {
        TinyModel.WriteTokens(_folder.Root);
        Write("config.json", config);
        Write("sentence_bert_config.json", $$"""{"max_seq_length":{{length}}}""");
        var refused = Should.Throw<ModelException>(() => ModelFolder.Open(_folder.Root)).Message;
        refused.ShouldContain($"sentence_bert_config.json: max_seq_length = {length}, and ");
        refused.ShouldContain("config.json says max_position_embeddings, from which 128 tokens follow");
    }

    [Theory]
    [InlineData("""{"hidden_size":4,"max_position_embeddings":130,"model_type":"roberta"}""", 130, 128)]
    [InlineData("""{"hidden_size":4,"max_position_embeddings":128,"model_type":"bert"}""", 128, 128)]
    [InlineData("""{"hidden_size":4,"max_position_embeddings":128,"model_type":"bert","position_embedding_type":"alibi"}""", 8192, 8192)]
    [InlineData("""{"hidden_size":4,"n_positions":128,"model_type":"nomic_bert"}""", 8192, 8192)]
    [InlineData("""{"hidden_size":4,"max_position_embeddings":128,"model_type":"qwen2"}""", 512, 512)]
    public void Open_LengthThatTheNetworkCanDo_IsTaken(string config, int length, int expected)
    {
        TinyModel.WriteTokens(_folder.Root);
        Write("config.json", config);
        Write("sentence_bert_config.json", $$"""{"max_seq_length":{{length}}}""");
        ModelFolder.Open(_folder.Root).Info.MaxTokens.ShouldBe(expected);
    }

    [Theory]
    [InlineData("sentence_bert_config.json", """{"max_seq_length":-5}""", "max_seq_length = -5 is no length")]
    [InlineData("config.json", """{"hidden_size":99}""", "hidden_size = 99, and ")]
    [InlineData("modules.json", """[{"path":"/etc","type":"sentence_transformers.models.Pooling"}]""", "a module from '/etc', outside the model's folder")]
    [InlineData("modules.json", """[{"path":"../../x","type":"sentence_transformers.models.Dense"}]""", "a module from '../../x', outside the model's folder")]
    public void Open_FilesThatContradictEachOther_IsRefused(string name, string content, string expected)
    {
        TinyModel.WriteTokens(_folder.Root);
        Write("1_Pooling/config.json", """{"word_embedding_dimension":4,"pooling_mode_mean_tokens":true}""");
        Write(name, content);
        Should.Throw<ModelException>(() => ModelFolder.Open(_folder.Root)).Message.ShouldContain(expected);
    }

    [Theory]
    [InlineData("1_Pooling/config.json", """{"pooling_mode_some_tokens":true}""", "1_Pooling/config.json: pooling_mode_some_tokens is not supported")]
    [InlineData("1_Pooling/config.json", """{"pooling_mode":"some"}""", "1_Pooling/config.json: some is not supported")]
    [InlineData("1_Pooling/config.json", """{"pooling_mode_cls_token":true,"pooling_mode_mean_tokens":true}""", "pooling_mode_cls_token + pooling_mode_mean_tokens is not supported")]
    [InlineData("1_Pooling/config.json", "{}", "no pooling mode is set")]
    [InlineData("1_Pooling/config.json", """{"pooling_mode_mean_tokens":true,"include_prompt":false}""", "include_prompt = false")]
    [InlineData("modules.json", """[{"path":"2_Dense","type":"sentence_transformers.models.Dense"}]""", "2_Dense/config.json: it is missing, and modules.json asks for the linear layer '2_Dense'")]
    [InlineData("modules.json", """[{"path":"2_LayerNorm","type":"sentence_transformers.models.LayerNorm"}]""", "it asks for sentence_transformers.models.LayerNorm after pooling")]
    [InlineData("modules.json", "{", "modules.json: line 1 is not valid JSON")]
    [InlineData("modules.json", """{"a":1}""", "modules.json: it is not laid out as expected")]
    [InlineData("config.json", "[]", "config.json: it is not laid out as expected")]
    [InlineData("config_sentence_transformers.json", """{"similarity_fn_name":"manhattan"}""", "similarity_fn_name = 'manhattan' is not supported")]
    [InlineData("model.onnx", "not a model, really", "model.onnx: it is not a complete ONNX model")]
    [InlineData("model.onnx", "", "model.onnx: it is not a complete ONNX model (there is no graph in it)")]
    public void Open_FileThatCannotBeUsed_IsNamed(string file, string content, string words)
    {
        TinyModel.WriteTokens(_folder.Root);
        Write(file, content);
        Should.Throw<ModelException>(() => ModelFolder.Open(_folder.Root)).Message.ShouldContain(words);
    }

    [Fact]
    public void Open_TruncatedNetwork_IsNamed()
    {
        TinyModel.WriteTokens(_folder.Root);
        var bytes = File.ReadAllBytes(_folder["model.onnx"]);
        File.WriteAllBytes(_folder["model.onnx"], bytes[..(bytes.Length / 2)]);
        Should.Throw<ModelException>(() => ModelFolder.Open(_folder.Root)).Message.ShouldContain("not a complete ONNX model (it ends too early)");
    }

    [Fact]
    public void Open_FilesMissing_SaysWhich()
    {
        Should.Throw<ModelException>(() => ModelFolder.Open(_folder["none"])).Message.ShouldContain("there is no such folder");
        Should.Throw<ModelException>(() => ModelFolder.Open(_folder.Root)).Message.ShouldContain("there is no model.onnx and no onnx/model.onnx");
        TinyModel.WriteTokens(_folder.Root);
        File.Delete(_folder["tokenizer.json"]);
        Should.Throw<ModelException>(() => ModelFolder.Open(_folder.Root)).Message.ShouldContain("there is no tokenizer.json");
    }

    [Fact]
    public void Open_NetworkOfAnotherKind_IsNamed()
    {
        TinyModel.WriteTokens(_folder["image"], "input_ids", "pixel_values");
        Should.Throw<ModelException>(() => ModelFolder.Open(_folder["image"])).Message.ShouldContain("it wants the input 'pixel_values'");
        TinyModel.WriteTokens(_folder["none"], "attention_mask");
        Should.Throw<ModelException>(() => ModelFolder.Open(_folder["none"])).Message.ShouldContain("it has no input 'input_ids'");
        var graph = new OnnxGraphBuilder("float");
        graph.Input("input_ids", OnnxGraphBuilder.Float, "batch", "sequence");
        TinyModel.Save(graph, _folder["float"]);
        Should.Throw<ModelException>(() => ModelFolder.Open(_folder["float"])).Message.ShouldContain("the input 'input_ids' is not of 64-bit integers");
        graph = new OnnxGraphBuilder("silent");
        graph.Input("input_ids", OnnxGraphBuilder.Int64, "batch", "sequence");
        TinyModel.Save(graph, _folder["silent"]);
        Should.Throw<ModelException>(() => ModelFolder.Open(_folder["silent"])).Message.ShouldContain("it has no output");
        graph.Output("logits", OnnxGraphBuilder.Float, "batch");
        TinyModel.Save(graph, _folder["flat"]);
        Should.Throw<ModelException>(() => ModelFolder.Open(_folder["flat"])).Message.ShouldContain("the output 'logits' has 1 dimensions");
    }

    [Fact]
    public void Open_SameContentElsewhere_HasTheSameFingerprintUntilItChanges()
    {
        TinyModel.WriteTokens(_folder["one"]);
        TinyModel.WriteTokens(_folder["two"]);
        var one = ModelFolder.Open(_folder["one"], _folder["cache"]).Info.Fingerprint;
        ModelFolder.Open(_folder["two"]).Info.Fingerprint.ShouldBe(one);
        ModelFolder.Open(_folder["one"], _folder["cache"]).Info.Fingerprint.ShouldBe(one);
        TinyModel.Write(_folder["one"], "config.json", """{"hidden_size":4}""");
        ModelFolder.Open(_folder["one"], _folder["cache"]).Info.Fingerprint.ShouldNotBe(one);
    }

    [Fact]
    public void Open_RememberedFingerprint_IsNotComputedAgain()
    {
        TinyModel.WriteTokens(_folder["one"]);
        ModelFolder.Open(_folder["one"], _folder["cache"]);
        var note = Directory.GetFiles(_folder["cache/fingerprints"]).ShouldHaveSingleItem();
        var key = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(note))!["key"]!.GetValue<string>();
        File.WriteAllText(note, $$"""{"key":"{{key}}","fingerprint":"remembered"}""");
        ModelFolder.Open(_folder["one"], _folder["cache"]).Info.Fingerprint.ShouldBe("remembered");
        File.WriteAllText(note, "damaged");
        ModelFolder.Open(_folder["one"], _folder["cache"]).Info.Fingerprint.Length.ShouldBe(64);
    }

    private void Write(string name, string content) => TinyModel.Write(_folder.Root, name, content);
}
