using System.Numerics.Tensors;
using Sluice.Actors.Sinks;
using Sluice.TestKit.Conformance;

namespace Sluice.Actors.Tests.Sinks;

public sealed class FixedDimensionalEncodingTests
{
    [Theory]
    [InlineData(16, 1025)]
    [InlineData(128, 1025)]
    public void Encode_TextsLikeTheQuestion_ComeFirst(int dimension, int length)
    {
        var encoding = new FixedDimensionalEncoding(dimension);
        encoding.Length.ShouldBe(length);
        var documents = Enumerable.Range(0, 300).Select(seed => Rows(12, dimension, seed)).ToList();
        var encoded = documents.ConvertAll(rows =>
        {
            var result = new float[length];
            encoding.EncodeDocument(rows, result);
            TensorPrimitives.Norm<float>(result).ShouldBe(MathF.Sqrt(128), 1e-3f, "all documents are of one length");
            return result;
        });
        var found = 0;
        for (var number = 0; number < 60; number++)
        {
            // A question is made of a few of a document's vectors, each a little turned.
            var question = documents[number][..(4 * dimension)].ToArray();
            TensorPrimitives.Add(question, Rows(4, dimension, 5000 + number).Select(static value => 0.3f * value).ToArray(), question);
            MaxSim.Normalize(question, dimension);
            var wanted = new float[length];
            encoding.EncodeQuestion(question, wanted);
            var nearest = Enumerable.Range(0, documents.Count).OrderBy(document => TensorPrimitives.Distance(wanted, encoded[document])).Take(30).ToList();
            found += nearest.Contains(Enumerable.Range(0, documents.Count).MaxBy(document => MaxSim.Score(question, documents[document], dimension))) ? 1 : 0;
        }

        found.ShouldBeGreaterThanOrEqualTo(57, "a tenth of the documents nearly always has the best one");
    }

    [Fact]
    public void EncodeDocument_NoRows_IsFinite()
    {
        var encoding = new FixedDimensionalEncoding(8);
        var result = new float[encoding.Length];
        encoding.EncodeDocument([], result);
        result.ShouldAllBe(static value => float.IsFinite(value));
    }

    private static float[] Rows(int count, int dimension, int seed)
    {
        float[] rows = [.. Enumerable.Range(0, count).SelectMany(row => SinkSamples.Vector((seed * 100) + row, dimension))];
        MaxSim.Normalize(rows, dimension);
        return rows;
    }
}
