using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Sluice.Actors.Sinks.Http;

namespace Sluice.Actors.Tests.Sinks.Http;

public sealed class JsonFloatsTests
{
    private static string Format(float value)
    {
        Span<byte> bytes = stackalloc byte[20];
        return Encoding.ASCII.GetString(bytes[..JsonFloats.Format(value, bytes)]);
    }

    [Theory]
    [InlineData(0f, "0")]
    [InlineData(-0f, "-0")]
    [InlineData(1f, "1")]
    [InlineData(-1.5f, "-1.5")]
    [InlineData(0.5f, "0.5")]
    [InlineData(0.00001f, "0.00000999999975")]
    [InlineData(0.1f, "0.100000001")]
    [InlineData(10f, "10")]
    [InlineData(123456f, "123456")]
    [InlineData(100000000f, "100000000")]
    [InlineData(1.25f, "1.25")]
    [InlineData(0.0625f, "0.0625")]
    [InlineData(1e-6f, "1E-06")]
    [InlineData(1e20f, "1E+20")]
    public void Format_Known_IsJson(float value, string expected) => Format(value).ShouldBe(expected);

    [Fact]
    public void Format_AnyBits_ComeBackByDoubleAndByFloat()
    {
#pragma warning disable CA5394 // The same numbers again in the next run.
        var random = new Random(5);
        for (var i = 0; i < 300_000; i++)
        {
            var value = (i % 3) switch
            {
                0 => BitConverter.UInt32BitsToSingle((uint)random.NextInt64(1L << 32)),
                1 => (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-6, 10))),
                _ => (float)Math.Pow(10, random.Next(-5, 9)) * (1 + (random.Next(-3, 4) * 1.2e-7f)),
            };
            if (!float.IsFinite(value))
            {
                continue;
            }
#pragma warning restore CA5394
            var text = Format(value);
            var bits = BitConverter.SingleToUInt32Bits(value);
            BitConverter.SingleToUInt32Bits(float.Parse(text, CultureInfo.InvariantCulture)).ShouldBe(bits, text);
            BitConverter.SingleToUInt32Bits((float)double.Parse(text, CultureInfo.InvariantCulture)).ShouldBe(bits, text);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(2_000)]
    public void WriteArray_InAnObject_IsAnArrayOfThoseNumbers(int count)
    {
        var values = Enumerable.Range(0, count).Select(static i => MathF.Sin(i)).ToArray();
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WritePropertyName("v");
            JsonFloats.WriteArray(writer, values);
            writer.WriteNumber("w", 1);
            writer.WriteEndObject();
        }

        using var read = JsonDocument.Parse(buffer.WrittenMemory);
        read.RootElement.GetProperty("v").EnumerateArray().Select(static value => value.GetSingle()).ShouldBe(values);
        read.RootElement.GetProperty("w").GetInt32().ShouldBe(1);
    }
}
