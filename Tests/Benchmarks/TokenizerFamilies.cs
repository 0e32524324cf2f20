using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Sluice.Actors.Chunking.Tokenizers;
using Sluice.Streams.Chunks;
using Sluice.TestKit.Models;

namespace Sluice.Benchmarks;

/// <summary>Tokens per second on one core and bytes allocated, of each family of tokenizers, line by line, against the JavaScript port on the same lines.</summary>
internal static class TokenizerFamilies
{
    private const int TextLength = 1 << 20;
    private static readonly string[] Families = ["bert-uncased", "unigram-xlmr", "unigram-bytes", "bpe-roberta", "gpt2", "qwen3", "llama2", "gemma"];

    public static async Task RunAsync()
    {
        var text = SampleText.Read(TextLength);
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, text);
            var lines = text.Split('\n');
            Console.WriteLine($"{"family",-14} {"M tokens/s",10} {"one text",9} {"hard text",9} {"JavaScript",10} {"ratio",6} {"allocated",9} {"load ms",8}");
            foreach (var family in Families)
            {
                await MeasureAsync(family, lines, text, file);
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task MeasureAsync(string family, string[] lines, string text, string file)
    {
        var content = TokenizerReference.Content(family);
        var watch = Stopwatch.StartNew();
        var tokenizer = TokenizerLoader.Parse(content, null, family);
        var load = watch.ElapsedMilliseconds;
        var (rate, allocated, count) = Rate(tokenizer, lines);
        var (whole, _, _) = Rate(tokenizer, [text[..(1 << 17)]]);
        var hard = new string[2000];
        var random = new Random(3);
        for (var i = 0; i < hard.Length; i++)
        {
            hard[i] = string.Concat(Enumerable.Range(0, 60).Select(_ => char.ConvertFromUtf32(random.Next(8) == 0 ? 0x1F300 + random.Next(0x300) : 0x20 + random.Next(0x2F00)) + (random.Next(5) == 0 ? " " : "")));
        }

        var (hardRate, _, _) = Rate(tokenizer, hard);
        var (port, portCount) = await PortAsync(family, file);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{family,-14} {rate,10:F2} {whole,9:F2} {hardRate,9:F2} {port,10:F3} {rate / port,6:F0} {allocated,9} {load,8}{(portCount == count ? "" : $"  (tokens {count}, JavaScript {portCount})")}"));
    }

    private static (double Rate, long Allocated, long Count) Rate(ITokenizer tokenizer, string[] lines)
    {
        var tokens = new TokenBuffer();
        var warmUp = Stopwatch.StartNew();
        while (warmUp.ElapsedMilliseconds < 1000)
        {
            Encode(tokenizer, lines, tokens);
        }

        var best = double.MaxValue;
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        long count = 0;
        for (var i = 0; i < 5; i++)
        {
            var watch = Stopwatch.StartNew();
            count = Encode(tokenizer, lines, tokens);
            best = Math.Min(best, watch.Elapsed.TotalSeconds);
        }

        return (count / best / 1e6, (GC.GetAllocatedBytesForCurrentThread() - allocated) / 5, count);
    }

    private static long Encode(ITokenizer tokenizer, string[] lines, TokenBuffer tokens)
    {
        long count = 0;
        foreach (var line in lines)
        {
            tokenizer.Encode(line, tokens, addSpecialTokens: false);
            count += tokens.Count;
        }

        return count;
    }

    private static async Task<(double Rate, long Count)> PortAsync(string family, string file)
    {
        using var node = Process.Start(new ProcessStartInfo("node", ["speed.mjs", family, file])
        {
            WorkingDirectory = Path.Combine(Repository.Root, "Tests", "Tokenizers"),
            UseShellExecute = false,
            RedirectStandardOutput = true,
        }) ?? throw new InvalidOperationException("Node.js cannot be started. Install it, and run 'npm ci' in Tests/Tokenizers.");
        var output = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();
        using var json = JsonDocument.Parse(output);
        var count = json.RootElement.GetProperty("tokens").GetInt64();
        return (count / json.RootElement.GetProperty("seconds").GetDouble() / 1e6, count);
    }
}
