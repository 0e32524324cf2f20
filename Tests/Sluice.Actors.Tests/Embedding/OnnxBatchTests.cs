using Sluice.Actors.Embedding;
using Sluice.Actors.Embedding.Onnx;

namespace Sluice.Actors.Tests.Embedding;

public sealed class OnnxBatchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(3, 1, 3)]
    [InlineData(3, 8, 8)]
    [InlineData(8, 8, 8)]
    [InlineData(9, 8, 16)]
    [InlineData(17, 8, 20)] // The model takes no more than 20.
    public void Fill_StepOfAnAccelerator_PadsToItsMultipleAndAttendsToNoneOfThat(int tokens, int step, int length)
    {
        TinyModel.WriteTokens(_folder.Root, "input_ids", "attention_mask");
        TinyModel.Write(_folder.Root, "sentence_bert_config.json", """{"max_seq_length":20}""");
        var batch = new OnnxBatch(ModelFolder.Open(_folder.Root), null, step);
        batch.Fill([Enumerable.Repeat(5, tokens).ToArray(), new[] { 7 }], null);
        batch.Length.ShouldBe(length);
        var values = batch.Names.Zip(batch.Values).ToDictionary(static pair => pair.First, static pair => pair.Second);
        values["input_ids"].GetTensorTypeAndShape().Shape.ShouldBe([2, length]);
        values["attention_mask"].GetTensorDataAsSpan<long>().ToArray().ShouldBe([.. Enumerable.Repeat(1L, tokens), .. Enumerable.Repeat(0L, length - tokens), 1, .. Enumerable.Repeat(0L, length - 1)]);
        batch.Release();
    }
}
