using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.Actors.Embedding;
using Sluice.Streams.Chunks;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Models;

namespace Sluice.Benchmarks;

/// <summary>
/// Compares embeddings of images, and of texts to search them by, with those of transformers.js on the same ONNX files: <c>visual-parity [IMAGES]</c>.
/// <c>visual-vectors</c> writes those of the tests.
/// </summary>
internal static class VisualParity
{
    public static async Task RunAsync(int count)
    {
        var scratch = Directory.CreateTempSubdirectory("sluice-visual-");
        try
        {
            var folder = Path.Combine(scratch.FullName, "clip");
            var samples = VisualSamples.Make(count);
            var answer = await AskAsync(folder, samples);
            await using var model = EmbeddingModel.Open(ModelFolder.Open(folder));
            await using var embedder = model.CreateEmbedder();
            var recipe = model.Folder.Images!;
            var embeddings = await embedder.EmbedImagesAsync([.. samples.Select(sample => recipe.Prepare(sample.Pixels, sample.Width, sample.Height))], CancellationToken.None);
            Console.WriteLine($"{"what",-34} {"number",6} {"least cosine",13}");
            Report("images of the model's size", Indices(samples, static sample => sample.IsExact), index => ParityVectors.Cosine(embeddings[index], Unit(answer.GetProperty("images")[index])));
            Report("images that are scaled (sharp there)", Indices(samples, static sample => !sample.IsExact), index => ParityVectors.Cosine(embeddings[index], Unit(answer.GetProperty("images")[index])));
            var texts = VisualSamples.Texts;
            var questions = new Embedding[texts.Count];
            var same = new List<int>();
            for (var at = 0; at < texts.Count; at++)
            {
                questions[at] = await model.EmbedQueryAsync(texts[at], CancellationToken.None);
                if (model.EncodeQuery(texts[at], new TokenBuffer()).SequenceEqual(answer.GetProperty("texts")[at].GetProperty("ids").EnumerateArray().Select(static id => id.GetInt32())))
                {
                    same.Add(at);
                }
            }

            Report("texts of the same token ids", [.. same], index => ParityVectors.Cosine(questions[index], Unit(answer.GetProperty("texts")[index])));
            Console.WriteLine($"texts with other token ids: {texts.Count - same.Count} (too long; the mark at the end is kept here)");
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    /// <summary>Writes the vectors of the tests.</summary>
    public static async Task WriteVectorsAsync()
    {
        var scratch = Directory.CreateTempSubdirectory("sluice-visual-");
        try
        {
            var answer = JsonNode.Parse((await AskAsync(Path.Combine(scratch.FullName, "clip"), VisualSamples.Make(VisualSamples.Tested))).GetRawText());
            var file = Path.Combine(Repository.Root, "Tests", "Sluice.Actors.Tests", "Embedding", "Data", "visual.json.gz");
            await using (var stream = new GZipStream(File.Create(file), CompressionLevel.SmallestSize))
            {
                await JsonSerializer.SerializeAsync(stream, answer);
            }

            Console.WriteLine($"{file}: {new FileInfo(file).Length:N0} bytes");
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private static async Task<JsonElement> AskAsync(string folder, IReadOnlyList<VisualSample> samples)
    {
        VisualModels.WriteRandomClip(folder);
        var request = Path.Combine(folder, "request.json");
        var answer = Path.Combine(folder, "answer.json");
        await File.WriteAllTextAsync(request, JsonSerializer.Serialize(new
        {
            texts = VisualSamples.Texts,
            images = samples.Select(static sample => new { width = sample.Width, height = sample.Height, pixels = Convert.ToBase64String(sample.Pixels) }),
        }));
        using var node = Process.Start(new ProcessStartInfo("node", ["visual.mjs", folder, request, answer]) { WorkingDirectory = Path.Combine(Repository.Root, "Tests", "Models") })!;
        await node.WaitForExitAsync();
        return node.ExitCode == 0
            ? JsonElement.Parse(await File.ReadAllTextAsync(answer))
            : throw new InvalidOperationException("node visual.mjs failed; run `npm ci --ignore-scripts` in Tests/Models first.");
    }

    private static void Report(string what, int[] indices, Func<int, double> cosine) =>
        Console.WriteLine($"{what,-34} {indices.Length,6} {(indices.Length == 0 ? 1 : indices.Min(cosine)),13:0.00000000}");

    private static int[] Indices(IReadOnlyList<VisualSample> samples, Func<VisualSample, bool> which) => [.. Enumerable.Range(0, samples.Count).Where(index => which(samples[index]))];

    private static JsonElement Unit(JsonElement answer) => VisualSamples.ToUnitLength(answer.GetProperty("embedding"));
}
