using Microsoft.ML.OnnxRuntime;
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
        using var batch = new OnnxBatch(ModelFolder.Open(_folder.Root), null, step, HostMemory.Ordinary);
        batch.Fill([Enumerable.Repeat(5, tokens).ToArray(), new[] { 7 }], null);
        batch.Length.ShouldBe(length);
        var values = batch.Names.Zip(batch.Values).ToDictionary(static pair => pair.First, static pair => pair.Second);
        values["input_ids"].GetTensorTypeAndShape().Shape.ShouldBe([2, length]);
        values["attention_mask"].GetTensorDataAsSpan<long>().ToArray().ShouldBe([.. Enumerable.Repeat(1L, tokens), .. Enumerable.Repeat(0L, length - tokens), 1, .. Enumerable.Repeat(0L, length - 1)]);
    }

    [Fact]
    public void Fill_MemoryOfAnAllocator_HoldsTheSameAsOrdinaryMemory()
    {
        TinyModel.WriteTokens(_folder.Root, "input_ids", "attention_mask");
        var folder = ModelFolder.Open(_folder.Root);

        // The runtime's own allocator in place of the driver's, which only a machine with such a device has. Disposed of last: its buffers go back to it.
        using var session = new InferenceSession(folder.NetworkFile);
        var info = new OrtMemoryInfo(OrtMemoryInfo.allocatorCPU, OrtAllocatorType.ArenaAllocator, 0, OrtMemType.Default);
        using var memory = new HostMemory(new OrtAllocator(session, info), info);
        memory.Allocate(1 << 10).ShouldNotBeNull().Dispose();
        using var allocated = new OnnxBatch(folder, null, 1, memory);
        using var ordinary = new OnnxBatch(folder, null, 1, HostMemory.Ordinary);
        foreach (var texts in new ReadOnlyMemory<int>[][] { [new[] { 1, 2, 3 }], [Enumerable.Repeat(4, 20).ToArray(), new[] { 5 }, Array.Empty<int>()], [new[] { 6, 7 }] })
        {
            allocated.Fill(texts, null);
            ordinary.Fill(texts, null);
            foreach (var (one, other) in allocated.Values.Zip(ordinary.Values))
            {
                one.GetTensorTypeAndShape().Shape.ShouldBe(other.GetTensorTypeAndShape().Shape);
                one.GetTensorDataAsSpan<long>().ToArray().ShouldBe(other.GetTensorDataAsSpan<long>().ToArray());
            }

            allocated.Release();
            ordinary.Release();
        }
    }
}
