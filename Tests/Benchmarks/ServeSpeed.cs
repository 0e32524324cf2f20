using System.Diagnostics;
using System.Net.Http.Json;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Sluice.Benchmarks;

/// <summary>
/// Short texts, a request each, to a running <c>sluice serve</c>: <c>serve ADDRESS [TEXTS]</c>. One client that waits for each answer, then many at once; each answer is
/// held against the one that the lone client got.
/// </summary>
internal static class ServeSpeed
{
    private static readonly int[] Clients = [1, 8, 32];

    public static async Task RunAsync(Uri address, int count)
    {
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = Clients.Max() };
        using var client = new HttpClient(handler) { BaseAddress = address };
        var words = SampleText.Read(1 << 17).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var texts = Enumerable.Range(0, count).Select(i => string.Join(' ', words.Skip(i * 7 % (words.Length - 40)).Take(3 + (i * 13 % 18)))).ToArray();
        await AskAsync(client, texts[0]); // Loads the model.
        var alone = new float[count][];
        double first = 0;
        Console.WriteLine($"{count} texts of 3 to 20 words, a request each");
        foreach (var clients in Clients)
        {
            var answers = new float[count][];
            var seconds = new double[count];
            var watch = Stopwatch.StartNew();
            await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = clients }, async (i, _) =>
            {
                var began = Stopwatch.GetTimestamp();
                answers[i] = await AskAsync(client, texts[i]);
                seconds[i] = Stopwatch.GetElapsedTime(began).TotalSeconds;
            });
            var rate = count / watch.Elapsed.TotalSeconds;
            if (clients == 1)
            {
                (alone, first) = (answers, rate);
            }

            var least = Enumerable.Range(0, count).Min(i => TensorPrimitives.CosineSimilarity<float>(answers[i], alone[i]));
            Array.Sort(seconds);
            Console.WriteLine(FormattableString.Invariant(
                $"{clients,3} clients: {rate,7:0.0} texts/s, ratio {rate / first:0.00}; median {seconds[count / 2] * 1e3:0.0} ms, 99 of 100 below {seconds[count * 99 / 100] * 1e3:0.0} ms; least cosine to the lone client's {least:0.0000000}"));
        }
    }

    private static async Task<float[]> AskAsync(HttpClient client, string text)
    {
        using var answer = await client.PostAsJsonAsync("v1/embeddings", new { input = text, encoding_format = "base64" });
        answer.EnsureSuccessStatusCode();
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return MemoryMarshal.Cast<byte, float>(json.GetProperty("data")[0].GetProperty("embedding").GetBytesFromBase64()).ToArray();
    }
}
