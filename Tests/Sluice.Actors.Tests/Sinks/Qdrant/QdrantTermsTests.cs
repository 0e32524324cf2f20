using System.Buffers;
using System.Text.Json;
using Sluice.Actors.Sinks.Qdrant;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Tests.Sinks.Qdrant;

public sealed class QdrantTermsTests
{
    [Fact]
    public void Write_Words_HaveTheWeightsOfBm25()
    {
        var weights = Weigh(new Chunk(default, "Café, café and CAFES; 世界", ReadOnlyMemory<int>.Empty, new Place(0, 1)) { Title = "Cafe", HeadingPath = ["And"] });

        // Five words; café stands twice in the text and once in the title, which counts three times; and once in the text and once in a heading, which counts twice.
        var saturation = 1.2 * (0.25 + (0.75 * 5 / 128));
        weights.Count.ShouldBe(4);
        weights[QdrantTerms.Term("cafe")].ShouldBe(5 * 2.2 / (5 + saturation), 1e-4);
        weights[QdrantTerms.Term("and")].ShouldBe(3 * 2.2 / (3 + saturation), 1e-4);
        weights[QdrantTerms.Term("cafes")].ShouldBe(2.2 / (1 + saturation), 1e-4);
        weights[QdrantTerms.Term("世界")].ShouldBe(2.2 / (1 + saturation), 1e-4);
    }

    [Fact]
    public void Write_LongText_FindsEveryWord()
    {
        var weights = Weigh(new Chunk(default, string.Join(' ', Enumerable.Range(0, 20_000).Select(static i => $"w{i}")), ReadOnlyMemory<int>.Empty, new Place(0, 1)));
        weights.Count.ShouldBeGreaterThan(19_990);
        weights.Values.ShouldAllBe(static weight => weight > 0);
    }

    [Fact]
    public void Write_NoWords_WritesNothing()
    {
        using var writer = new Utf8JsonWriter(new ArrayBufferWriter<byte>());
        new QdrantTerms().Write(writer, new Chunk(default, "… --- !", ReadOnlyMemory<int>.Empty, new Place(0, 1))).ShouldBeFalse();
        writer.BytesPending.ShouldBe(0);
    }

    private static Dictionary<uint, double> Weigh(Chunk chunk)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            new QdrantTerms().Write(writer, chunk).ShouldBeTrue();
            writer.WriteEndObject();
        }

        using var json = JsonDocument.Parse(buffer.WrittenMemory);
        var terms = json.RootElement.GetProperty("terms");
        return terms.GetProperty("indices").EnumerateArray().Select(static index => index.GetUInt32())
            .Zip(terms.GetProperty("values").EnumerateArray().Select(static value => value.GetDouble())).ToDictionary(static pair => pair.First, static pair => pair.Second);
    }
}
