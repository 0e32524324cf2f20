using System.Numerics.Tensors;
using Sluice.Actors.Sinks;
using Sluice.TestKit.Conformance;

namespace Sluice.Actors.Tests.Sinks;

public sealed class VectorCodecTests
{
    [Theory]
    [InlineData(ElementType.Float32, 96, 1.0)]
    [InlineData(ElementType.Float16, 48, 0.999999)]
    [InlineData(ElementType.Int8, 28, 0.9999)]
    [InlineData(ElementType.Binary, 3, 0.7)]
    public void Encode_AnyVector_ComesBackNearly(ElementType type, int bytes, double cosine)
    {
        var codec = new VectorCodec(type, 24);
        codec.RowBytes.ShouldBe(bytes);
        for (var seed = 0; seed < 50; seed++)
        {
            float[] values = [.. SinkSamples.Vector(seed, 24), .. SinkSamples.Vector(seed + 1000, 24).Select(static value => value * 40)];
            var encoded = codec.Encode(values);
            encoded.Length.ShouldBe(2 * bytes);
            var decoded = new float[48];
            codec.Decode(encoded, decoded);
            for (var row = 0; row < 2; row++)
            {
                TensorPrimitives.CosineSimilarity(values.AsSpan(row * 24, 24), decoded.AsSpan(row * 24, 24)).ShouldBeGreaterThanOrEqualTo((float)cosine - 1e-6f);
            }

            // What was written once is written the same again: vectors that are copied do not drift.
            codec.Encode(decoded).ShouldBe(encoded);
        }
    }

    [Theory]
    [InlineData(ElementType.Float16)]
    [InlineData(ElementType.Int8)]
    [InlineData(ElementType.Binary)]
    public void Encode_Zeros_AreNoNumbersApart(ElementType type)
    {
        var codec = new VectorCodec(type, 8);
        var decoded = new float[8];
        codec.Decode(codec.Encode(new float[8]), decoded);
        decoded.ShouldAllBe(static value => float.IsFinite(value));
    }
}
