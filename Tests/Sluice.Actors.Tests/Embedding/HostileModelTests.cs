using Sluice.Actors.Embedding;
using Sluice.Actors.Embedding.Onnx;
using Sluice.Streams.Failures;
using Sluice.TestKit.Models;

namespace Sluice.Actors.Tests.Embedding;

/// <summary>Models that cannot work: what is wrong is said when they are opened or tried, before a document is read.</summary>
public sealed class HostileModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task CheckAsync_DefaultModel_IsRememberedAsTried()
    {
        var options = new EmbeddingOptions { Threads = 1 };
        await using (var model = EmbeddingModel.Open(ModelFolder.Open(await TestModel.EnsureAsync(), _folder["cache"], options), options))
        {
            await model.CheckAsync(CancellationToken.None);
        }

        var note = Directory.GetFiles(_folder["cache/tried"]).ShouldHaveSingleItem();

        // A network that cannot be run is not tried again while the note stands.
        TinyModel.WriteTokens(_folder["tiny"]);
        await using var broken = EmbeddingModel.Open(ModelFolder.Open(_folder["tiny"], _folder["cache"], options), options);
        await broken.CheckAsync(CancellationToken.None);
        Directory.GetFiles(_folder["cache/tried"]).Length.ShouldBe(2);
        File.WriteAllBytes(_folder["tiny/model.onnx"], [0]);
        await broken.CheckAsync(CancellationToken.None);
        File.Delete(Directory.GetFiles(_folder["cache/tried"]).Single(file => file != note));
        await Should.ThrowAsync<ModelException>(() => broken.CheckAsync(CancellationToken.None));
    }

    [Fact]
    public async Task CheckAsync_OperatorsOfAVersionToCome_IsNamed()
        => (await FailAsync(Simple("opset"), opset: 9999)).ShouldContain("model.onnx: ONNX Runtime cannot load it");

    [Fact]
    public async Task CheckAsync_OperatorThatIsNotKnown_IsNamed()
    {
        var graph = Empty("unknown");
        graph.Node("Gather", "gather", [TinyModel.Table(graph), graph.Node("Mystify", ["input_ids"])], ["last_hidden_state"]);
        (await FailAsync(graph)).ShouldContain("Mystify");
    }

    [Fact]
    public async Task CheckAsync_WeightsThatAreNoNumbers_IsNamed()
    {
        var graph = Empty("nan");
        var table = TinyModel.Table(graph);
        graph.Node("Div", "zero", [graph.Node("Gather", [table, "input_ids"]), graph.Scalar("nothing", 0)], ["last_hidden_state"]);
        (await FailAsync(graph)).ShouldContain("what it gives for a short English text are not all numbers (NaN or infinity in 'last_hidden_state')");
    }

    [Fact]
    public async Task CheckAsync_WeightsThatAreAllZero_IsNamed()
    {
        var graph = Empty("zero");
        graph.Node("Mul", "zero", [graph.Node("Gather", [TinyModel.Table(graph), "input_ids"]), graph.Scalar("nothing", 0)], ["last_hidden_state"]);
        (await FailAsync(graph)).ShouldContain("only zeros");
    }

    [Theory]
    [InlineData(new[] { 0L }, "the output 'last_hidden_state' is")]
    [InlineData(new[] { 1L, 2L }, "the output 'last_hidden_state' is")]
    public async Task CheckAsync_OutputOfAnotherRankThanDeclared_IsNamed(long[] axes, string words)
    {
        var graph = Empty("rank");
        graph.Node("ReduceMean", "mean", [graph.Node("Gather", [TinyModel.Table(graph), "input_ids"])], ["last_hidden_state"], ("axes", axes), ("keepdims", 0L));
        var error = await FailAsync(graph);
        (error.Contains(words, StringComparison.Ordinal) || error.Contains("ONNX Runtime", StringComparison.Ordinal)).ShouldBeTrue(error);
        error.ShouldContain("model.onnx");
    }

    [Fact]
    public async Task CheckAsync_HiddenSizeOfAnotherModel_IsNamed()
    {
        var graph = new OnnxGraphBuilder("width");
        graph.Input("input_ids", OnnxGraphBuilder.Int64, "batch", "sequence");
        graph.Output("last_hidden_state", OnnxGraphBuilder.Float, "batch", "sequence", "width");
        graph.Node("Gather", "gather", [TinyModel.Table(graph), "input_ids"], ["last_hidden_state"]);
        TinyModel.Save(graph, _folder.Root);
        TinyModel.Write(_folder.Root, "config.json", """{"hidden_size":8}""");
        (await CheckAsync()).ShouldMatch("the output 'last_hidden_state' is 2 x ([0-9]+) x 4 for 2 texts x \\1 tokens; 2 x \\1 x 8 was expected. Check hidden_size in config.json");
    }

    [Fact]
    public async Task CheckAsync_PaddingThatChangesResults_IsNamed()
    {
        // The token vectors of the last column are given to all, padding or not.
        TinyModel.Write(_folder.Root, "config.json", """{"pad_token_id":3}""");
        var graph = Empty("padding");
        var vectors = graph.Node("Gather", [TinyModel.Table(graph), "input_ids"]);
        var last = graph.Node("Slice", [vectors, graph.Integers("from", -1), graph.Integers("to", int.MaxValue), graph.Integers("axis", 1)]);
        graph.Node("Add", "spread", [last, graph.Node("Mul", [vectors, graph.Scalar("nothing", 0)])], ["last_hidden_state"]);
        (await FailAsync(graph)).ShouldContain("It takes no attention_mask; export the model again with one.");
    }

    [Theory]
    [InlineData(1, "sequence", "exactly 1 x any")]
    [InlineData("batch", 128, "any x exactly 128")]
    public void Open_DimensionThatIsFixed_IsNamed(object batch, object sequence, string words)
    {
        var graph = new OnnxGraphBuilder("fixed");
        graph.Input("input_ids", OnnxGraphBuilder.Int64, batch, sequence);
        graph.Output("last_hidden_state", OnnxGraphBuilder.Float, batch, sequence, TinyModel.Dimension);
        graph.Node("Gather", "gather", [TinyModel.Table(graph), "input_ids"], ["last_hidden_state"]);
        TinyModel.Save(graph, _folder.Root);
        Should.Throw<ModelException>(() => ModelFolder.Open(_folder.Root)).Message.ShouldContain($"the input 'input_ids' is {words}; texts x tokens, each of any number, is needed. Export the model again with dynamic axes");
    }

    [Theory]
    [InlineData(3000, "it has 4 ids, and the network's table of token vectors 3,000 rows: the tokenizer is another model's, or incomplete")]
    [InlineData(3, "it has 4 ids, and the network's table of token vectors only 3 rows: they are of different models")]
    public async Task Tokenizer_VocabularyOfAnotherSizeThanTheTable_IsNamed(int rows, string words)
    {
        TinyModel.WriteTokens(_folder.Root, rows);
        (await CheckAsync()).ShouldContain("tokenizer.json: " + words);
    }

    [Fact]
    public async Task CheckAsync_TokenizerThatIsBroken_IsNamed()
    {
        TinyModel.WriteTokens(_folder.Root);
        TinyModel.Write(_folder.Root, "tokenizer.json", """{"model":{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["a",""");
        (await CheckAsync()).ShouldContain("tokenizer.json");
    }

    private static OnnxGraphBuilder Empty(string name)
    {
        var graph = new OnnxGraphBuilder(name);
        graph.Input("input_ids", OnnxGraphBuilder.Int64, "batch", "sequence");
        graph.Output("last_hidden_state", OnnxGraphBuilder.Float, "batch", "sequence", TinyModel.Dimension);
        return graph;
    }

    private static OnnxGraphBuilder Simple(string name)
    {
        var graph = Empty(name);
        graph.Node("Gather", "gather", [TinyModel.Table(graph), "input_ids"], ["last_hidden_state"]);
        return graph;
    }

    private Task<string> FailAsync(OnnxGraphBuilder graph, int opset = 17)
    {
        TinyModel.Save(graph, _folder.Root, opset);
        return CheckAsync();
    }

    private async Task<string> CheckAsync()
    {
        var options = new EmbeddingOptions { Threads = 1 };
        await using var model = EmbeddingModel.Open(ModelFolder.Open(_folder.Root, null, options), options);
        return (await Should.ThrowAsync<ModelException>(() => model.CheckAsync(CancellationToken.None))).Message;
    }
}
