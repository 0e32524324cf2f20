using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.Actors.Embedding;
using Sluice.Streams.Chunks;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Models;

namespace Sluice.Benchmarks;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>
/// Compares embeddings with those of transformers.js on the same ONNX files, for every tokenizer family and kind of output: <c>parity [TEXTS]</c>. <c>parity-vectors</c>
/// writes those of the tests.
/// </summary>
internal static class ModelParity
{
    private const int VectorTexts = 12;

    public static async Task RunAsync(int count)
    {
        var scratch = Directory.CreateTempSubdirectory("sluice-parity-");
        try
        {
            Console.WriteLine($"{"tokenizer",-14} {"output",-10} {"texts",6} {"not compared (other ids)",24} {"least cosine",13} {"below 0.99999",13}");
            foreach (var family in ParityModels.Families)
            {
                var texts = ParityModels.Texts(count, seed: 5);
                var reference = await ReferenceAsync(scratch.FullName, family, texts, scores: false);
                var differing = await DifferingAsync(scratch.FullName, family, texts, reference);
                foreach (var kind in ParityModels.Kinds)
                {
                    await CompareAsync(scratch.FullName, family, kind, texts, reference, differing, kind);
                }

                await CompareAsync(scratch.FullName, family, "late", texts, reference, differing, "documents");
                await CompareAsync(scratch.FullName, family, "late", texts, reference, differing, "questions");
                await CompareAsync(scratch.FullName, family, "sparse", texts, await ReferenceAsync(scratch.FullName, family, texts, scores: true), differing, "sparse");
            }
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    /// <summary>Writes the vectors of the tests.</summary>
    public static async Task WriteVectorsAsync()
    {
        var scratch = Directory.CreateTempSubdirectory("sluice-parity-");
        try
        {
            var all = new JsonObject();
            foreach (var family in ParityModels.Families)
            {
                var texts = ParityModels.Texts(VectorTexts, seed: 11);
                var results = await ReferenceAsync(scratch.FullName, family, texts, scores: false);
                all[family] = new JsonObject
                {
                    ["texts"] = JsonSerializer.SerializeToNode(texts),
                    ["results"] = Rounded(results),
                    ["scores"] = Rounded(await ReferenceAsync(scratch.FullName, family, texts[..3], scores: true)),
                };
            }

            var file = Path.Combine(Repository.Root, "Tests", "Sluice.Actors.Tests", "Embedding", "Data", "parity.json.gz");
            await using (var stream = new GZipStream(File.Create(file), CompressionLevel.SmallestSize))
            {
                await JsonSerializer.SerializeAsync(stream, all);
            }

            Console.WriteLine($"{file}: {new FileInfo(file).Length:N0} bytes");
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private static JsonNode Rounded(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => new JsonObject(element.EnumerateObject().Select(static property => KeyValuePair.Create(property.Name, (JsonNode?)Rounded(property.Value)))),
        JsonValueKind.Array => new JsonArray([.. element.EnumerateArray().Select(Rounded)]),
        _ => JsonValue.Create(Math.Round(element.GetDouble(), 7)),
    };

    private static string Folder(string scratch, string family, string kind)
    {
        var folder = Path.Combine(scratch, $"{family}-{kind}");
        if (!Directory.Exists(folder))
        {
            ParityModels.Write(folder, family, TokenizerReference.Content(family), kind);
        }

        return folder;
    }

    private static async Task<JsonElement> ReferenceAsync(string scratch, string family, string[] texts, bool scores)
    {
        // The networks of last-token models are causal: their part of the answer comes from a run of its own.
        var plain = await RunNodeAsync(scratch, family, scores ? "sparse" : "late", texts, scores);
        if (scores)
        {
            return plain;
        }

        var causal = await RunNodeAsync(scratch, family, "last", texts, scores: false);
        var joined = new JsonArray();
        for (var i = 0; i < texts.Length; i++)
        {
            var one = JsonNode.Parse(plain[i].GetRawText())!.AsObject();
            one["last"] = JsonNode.Parse(causal[i].GetProperty("last").GetRawText());
            one["lastLeft"] = JsonNode.Parse(causal[i].GetProperty("lastLeft").GetRawText());
            joined.Add(one);
        }

        return JsonElement.Parse(joined.ToJsonString());
    }

    private static async Task<JsonElement> RunNodeAsync(string scratch, string family, string kind, string[] texts, bool scores)
    {
        var late = ModelFolder.Open(Folder(scratch, family, "late"));
        var projection = ParityModels.Projection();
        var request = Path.Combine(scratch, "request.json");
        var answer = Path.Combine(scratch, "answer.json");
        await File.WriteAllTextAsync(request, JsonSerializer.Serialize(new
        {
            texts,
            longest = ParityModels.MaxTokens,
            batch = 8,
            scores,
            documentMarker = late.LateTokens.DocumentMarker,
            queryMarker = late.LateTokens.QueryMarker,
            mask = late.LateTokens.Expansion,
            queryLength = ParityModels.QueryLength,
            skip = late.LateTokens.Skip.ToArray(),
            projection = projection.Chunk(projection.Length / ParityModels.Projected).ToArray(),
        }));
        using var node = Process.Start(new ProcessStartInfo("node", ["reference.mjs", Folder(scratch, family, kind), request, answer]) { WorkingDirectory = Path.Combine(Repository.Root, "Tests", "Models") })!;
        await node.WaitForExitAsync();
        return node.ExitCode == 0
            ? JsonElement.Parse(await File.ReadAllTextAsync(answer))
            : throw new InvalidOperationException("node reference.mjs failed; run `npm ci --ignore-scripts` in Tests/Models first.");
    }

    private static async Task<HashSet<int>> DifferingAsync(string scratch, string family, string[] texts, JsonElement reference)
    {
        await using var model = EmbeddingModel.Open(ModelFolder.Open(Folder(scratch, family, "mean")));
        var buffer = new TokenBuffer();
        return [.. Enumerable.Range(0, texts.Length).Where(i => !model.Encode(texts[i], buffer).SequenceEqual(reference[i].GetProperty("ids").EnumerateArray().Select(static id => id.GetInt32())))];
    }

    private static async Task CompareAsync(string scratch, string family, string kind, string[] texts, JsonElement reference, HashSet<int> differing, string property)
    {
        var options = new EmbeddingOptions { Dimensions = kind == "cut" ? ParityModels.Cut : 0 };
        await using var model = EmbeddingModel.Open(ModelFolder.Open(Folder(scratch, family, kind), null, options), options);
        await using var embedder = model.CreateEmbedder();
        var buffer = new TokenBuffer();
        var least = 1.0;
        var below = 0;
        foreach (var batch in Enumerable.Range(0, texts.Length).Chunk(16))
        {
            IReadOnlyList<Embedding> embeddings = property == "questions"
                ? await embedder.EmbedQueriesAsync(Array.ConvertAll(batch, i => (ReadOnlyMemory<int>)model.EncodeQuery(texts[i], buffer)), CancellationToken.None)
                : await embedder.EmbedAsync(Array.ConvertAll(batch, i => (ReadOnlyMemory<int>)model.Encode(texts[i], buffer)), CancellationToken.None);
            for (var i = 0; i < batch.Length; i++)
            {
                if (!differing.Contains(batch[i]))
                {
                    var cosine = ParityVectors.Cosine(embeddings[i], reference[batch[i]].GetProperty(property));
                    least = Math.Min(least, cosine);
                    below += cosine < 0.99999 ? 1 : 0;
                }
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{family,-14} {property,-10} {texts.Length,6} {differing.Count,24} {least,13:0.0000000} {below,13}"));
    }
}
