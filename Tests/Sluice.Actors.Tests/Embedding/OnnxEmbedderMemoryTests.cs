using Sluice.TestKit.Models;

namespace Sluice.Actors.Tests.Embedding;

[Collection(MemoryCollection.Name)]
public sealed class OnnxEmbedderMemoryTests
{
    [Fact]
    public async Task EmbedAsync_ManyShapes_MemoryStaysFlat()
    {
        await using var model = await TestModel.OpenAsync();
        await using var embedder = model.CreateEmbedder();
        var random = new Random(3);
        await RunAsync(60);
        var before = Environment.WorkingSet;
        await RunAsync(60);
        (Environment.WorkingSet - before).ShouldBeLessThan(32L << 20);

        async Task RunAsync(int batches)
        {
            for (var i = 0; i < batches; i++)
            {
                var length = random.Next(1, 129);
                var rows = random.Next(1, 1 + (512 / length));
                await embedder.EmbedAsync([.. Enumerable.Repeat((ReadOnlyMemory<int>)Enumerable.Repeat(9, length).ToArray(), rows)], CancellationToken.None);
            }
        }
    }
}
