using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Sluice.Actors.Sinks.Http;

namespace Sluice.Actors.Tests.Sinks.Http;

public sealed class JsonVectorTests
{
    [Fact]
    public void Format_AnyFiniteNumber_IsReadBackAsTheSameFloat()
    {
#pragma warning disable CA5394 // A test needs the same numbers again.
        var random = new Random(11);
        var numbers = new List<float> { 0, -0f, 1, -1, 0.1f, 0.5f, 9.9999999f, 0.99999997f, 0.09999999f, 1e-4f, 9.9999e-5f, 10, float.MaxValue, float.MinValue, float.Epsilon, 1e-38f, 123456.79f };
        for (var i = 0; i < 200_000; i++)
        {
            numbers.Add((float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-6, 3))));
            numbers.Add(BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)));
        }
#pragma warning restore CA5394

        var bytes = new byte[JsonVector.MaxNumber];
        foreach (var number in numbers.Where(float.IsFinite))
        {
            var text = Encoding.ASCII.GetString(bytes, 0, JsonVector.Format(number, bytes));
            if (float.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture) != number || JsonSerializer.Deserialize<float>(text) != number)
            {
                Assert.Fail($"{number:R} was written as {text}");
            }
        }
    }

    [Theory]
    [InlineData(0.25f, "0.25")]
    [InlineData(-0.0625f, "-0.0625")]
    [InlineData(1f, "1.0")]
    [InlineData(0f, "0")]
    public void Format_ShortNumbers_StayShort(float number, string text)
    {
        var bytes = new byte[JsonVector.MaxNumber];
        Encoding.ASCII.GetString(bytes, 0, JsonVector.Format(number, bytes)).ShouldBe(text);
    }

    [Fact]
    public void Write_ArraysBetweenOtherValues_AreWhatTheyWere()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var numbers = new JsonVector();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WritePropertyName("a");
            numbers.Write(writer, [0.5f, -2, 1e-9f]);
            writer.WritePropertyName("b");
            numbers.Write(writer, []);
            writer.WriteStartArray("c");
            numbers.Write(writer, [3]);
            numbers.Write(writer, Enumerable.Repeat(0.125f, 5_000).ToArray());
            writer.WriteEndArray();
            writer.WriteNumber("d", 4);
            writer.WriteEndObject();
        }

        using var json = JsonDocument.Parse(buffer.WrittenMemory);
        json.RootElement.GetProperty("a").EnumerateArray().Select(static value => value.GetSingle()).ShouldBe([0.5f, -2, 1e-9f]);
        json.RootElement.GetProperty("b").GetArrayLength().ShouldBe(0);
        (json.RootElement.GetProperty("c")[1].GetArrayLength(), json.RootElement.GetProperty("d").GetInt32()).ShouldBe((5_000, 4));
    }
}
