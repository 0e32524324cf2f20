using System.Numerics.Tensors;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Models;

namespace Sluice.Actors.Tests.Embedding;

public sealed class OnnxEmbedderReferenceTests
{
    [Fact]
    public async Task EmbedAsync_TextsOfTheOriginal_GivesItsEmbeddings()
    {
        await using var model = await TestModel.OpenAsync();
        await using var embedder = model.CreateEmbedder();
        foreach (var text in ReferenceData.Read("reference_embeddings.json"))
        {
            var embeddings = await embedder.EmbedAsync([text.Ids], CancellationToken.None);
            var vector = embeddings.ShouldHaveSingleItem().ShouldBeOfType<DenseEmbedding>().Values;
            TensorPrimitives.CosineSimilarity(vector.Span, text.Embedding).ShouldBeGreaterThan(0.99999f, text.Text);
            TensorPrimitives.Norm(vector.Span).ShouldBe(1, 1e-5);
        }
    }
}
