using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Sluice.Actors.Chunking;
using Sluice.Actors.Embedding;
using Sluice.Streams.Chunks;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Models;

namespace Sluice.Benchmarks;

/// <summary>
/// Tokens per second with one network of MiniLM-L6's shape, on short, long and mixed pieces of a corpus: the bare session on the batches that Sluice packed, Sluice from file
/// to database, and transformers.js on the same texts in batches of 32 in the order in which they come. <c>throughput CORPUS [THREADS] [ROUNDS]</c>.
/// </summary>
internal static class ModelThroughput
{
    private const int PeerBatch = 32;

    public static async Task RunAsync(string corpus, int threads, int rounds)
    {
        var scratch = Directory.CreateTempSubdirectory("sluice-throughput-");
        try
        {
            var folder = Path.Combine(scratch.FullName, "model");
            Write(folder);
            var options = new EmbeddingOptions { Threads = threads };
            await using var model = EmbeddingModel.Open(ModelFolder.Open(folder, null, options), options);
            await using var embedders = await LoadedEmbedders.LoadAsync(model, options);
            await PipelineRun.RunAsync(corpus, model, () => embedders.Recording([]), static sink => sink, sessions: embedders.Count); // In it the program is compiled.
            Console.WriteLine("pieces   texts   tokens   longest | bare tok/s  Sluice tok/s  ratio  processor | transformers.js tok/s  Sluice is x faster | padding  peer's padding");
            foreach (var (name, chunking) in Kinds())
            {
                for (var round = 0; round < rounds; round++)
                {
                    await MeasureAsync(corpus, folder, scratch.FullName, model, embedders, name, chunking, threads);
                }
            }
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private static IEnumerable<(string Name, ChunkingOptions Options)> Kinds() =>
    [
        ("short", new ChunkingOptions { Mode = ChunkingMode.Fixed, Size = 24, IncludeHeadings = false, Overlap = "0" }),
        ("long", new ChunkingOptions { Mode = ChunkingMode.Fixed, Size = 256, IncludeHeadings = false, Overlap = "0" }),
        ("mixed", new ChunkingOptions()),
    ];

    private static void Write(string folder)
    {
        ParityModels.Write(folder, "bert-uncased", TokenizerReference.Content("bert-uncased"), "mean");
        new RandomEncoder(6700, Hidden: 384, Layers: 6, Heads: 12).Write(Path.Combine(folder, "onnx", "model.onnx"));
        File.WriteAllText(Path.Combine(folder, "config.json"), """{"model_type":"bert","architectures":["BertModel"],"hidden_size":384,"vocab_size":6700,"pad_token_id":0,"max_position_embeddings":512}""");
        File.WriteAllText(Path.Combine(folder, "sentence_bert_config.json"), """{"max_seq_length":256}""");
        File.WriteAllText(Path.Combine(folder, "1_Pooling", "config.json"), """{"word_embedding_dimension":384,"pooling_mode_mean_tokens":true}""");
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), """{"tokenizer_class":"PreTrainedTokenizerFast","model_max_length":256,"pad_token":"[PAD]"}""");
    }

    private static async Task MeasureAsync(string corpus, string folder, string scratch, EmbeddingModel model, LoadedEmbedders embedders, string name, ChunkingOptions chunking, int threads)
    {
        var batches = new List<IReadOnlyList<ReadOnlyMemory<int>>>();
        var texts = new List<string>();
        var before = BareSession.Processor();
        var processor = TimeSpan.Zero;
        var report = await PipelineRun.RunAsync(
            corpus,
            model,
            () => embedders.Recording(batches),
            static sink => sink,
            chunking,
            sink =>
            {
                processor = BareSession.Processor() - before;
                return ReadTextsAsync(sink, texts);
            },
            embedders.Count);
        var bare = await BareSession.RunAsync(embedders.Bare, batches);
        var input = Path.Combine(scratch, "texts.json");
        await File.WriteAllTextAsync(input, JsonSerializer.Serialize(texts));
        var peer = await PeerAsync(folder, input, threads);
        var buffer = new TokenBuffer();
        var lengths = texts.ConvertAll(text => (long)model.Encode(text, buffer).Length);
        var tokens = lengths.Sum();
        var padded = lengths.Chunk(PeerBatch).Sum(static batch => batch.Max() * batch.Length);
        double ours = report.Embedding.Tokens / report.Elapsed.TotalSeconds;
        var theirs = tokens / peer;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-7} {texts.Count,6} {report.Embedding.Tokens,8} {lengths.Max(),9} | {report.Embedding.Tokens / bare.Elapsed.TotalSeconds,10:N0} {ours,13:N0} {bare.Elapsed / report.Elapsed,6:0.000} {bare.Processor / processor,10:P1} | {theirs,21:N0} {ours / theirs,19:0.00} | {report.Embedding.PaddingWaste,7:P1} {1 - ((double)tokens / padded),15:P1}"));
    }

    private static async Task ReadTextsAsync(IVectorSink sink, List<string> texts)
    {
        await foreach (var page in sink.ListIdsAsync(null, CancellationToken.None))
        {
            foreach (var record in (await sink.ReadRecordsAsync([.. page.Select(static id => id.Chunk)], CancellationToken.None)).OrderBy(static record => record.Uri, StringComparer.Ordinal).ThenBy(static record => record.Chunk.Place.Start))
            {
                texts.Add(record.Chunk.Text);
            }
        }
    }

    private static async Task<double> PeerAsync(string folder, string input, int threads)
    {
        string[] arguments = ["speed.mjs", folder, input, PeerBatch.ToString(CultureInfo.InvariantCulture), threads.ToString(CultureInfo.InvariantCulture)];
        using var node = Process.Start(new ProcessStartInfo("node", arguments) { WorkingDirectory = Path.Combine(Repository.Root, "Tests", "Models"), RedirectStandardOutput = true, UseShellExecute = false })!;
        var answer = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();
        return node.ExitCode == 0 ? JsonElement.Parse(answer).GetProperty("seconds").GetDouble() : throw new InvalidOperationException("node speed.mjs failed; run `npm ci --ignore-scripts` in Tests/Models first.");
    }
}
