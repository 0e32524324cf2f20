using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Sluice.Actors.Sinks.Http;
using Sluice.TestKit.Conformance;

namespace Sluice.Benchmarks;

/// <summary>Components a second that are written as JSON on one core, against <see cref="Utf8JsonWriter"/>'s own numbers in the same run.</summary>
internal static class JsonVectorSpeed
{
    private const int Dimension = 512;
    private const int Count = 2_000;
    private const int Rounds = 7;

    public static void Run()
    {
        var vectors = Enumerable.Range(0, Count).Select(static i => SinkSamples.Vector(i, Dimension)).ToList();
        var buffer = new ArrayBufferWriter<byte>(32 << 20);
        using var numbers = new JsonVector();
        double fast = 0, plain = 0;
        for (var round = 0; round < Rounds; round++)
        {
            fast = Math.Max(fast, Rate((writer, values) => numbers.Write(writer, values)));
            plain = Math.Max(plain, Rate(static (writer, values) =>
            {
                writer.WriteStartArray();
                foreach (var value in values)
                {
                    writer.WriteNumberValue(value);
                }

                writer.WriteEndArray();
            }));
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"vectors as JSON, best of {Rounds}: {fast / 1e6:F1} million components/s, {fast / plain:F2} times Utf8JsonWriter's {plain / 1e6:F1}"));

        double Rate(Action<Utf8JsonWriter, float[]> write)
        {
            buffer.ResetWrittenCount();
            using var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
            var watch = Stopwatch.StartNew();
            writer.WriteStartArray();
            vectors.ForEach(vector => write(writer, vector));
            writer.WriteEndArray();
            writer.Flush();
            return Count * (double)Dimension / watch.Elapsed.TotalSeconds;
        }
    }
}
