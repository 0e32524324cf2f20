using System.Diagnostics;
using System.Globalization;
using Sluice.Actors.Chunking.Tokenizers;
using Sluice.Streams.Chunks;
using Sluice.TestKit.Models;

namespace Sluice.Benchmarks;

/// <summary>Tokens per second of the default tokenizer on one core, and bytes allocated.</summary>
internal static class TokenizerSpeed
{
    public static async Task RunAsync()
    {
        var tokenizer = TokenizerLoader.Load(await TestModel.EnsureAsync());
        var english = SampleText.Read(1 << 20);
        var curly = english.Replace("'", "\u2019", StringComparison.Ordinal).Replace(", ", " \u2014 ", StringComparison.Ordinal);
        var cyrillic = string.Create(1 << 20, 0, static (span, _) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = i % 7 == 6 ? ' ' : (char)(0x430 + (i * 31 % 32));
            }
        });
        var tokens = new TokenBuffer();
        foreach (var (name, text) in new[] { ("English, 1 MB", english), ("English, 2 kB", english[..2048]), ("English with dashes, 1 MB", curly), ("no spaces, 1 MB", english.Replace(" ", "", StringComparison.Ordinal)), ("one letter, 1 MB", new string('a', 1 << 20)), ("Cyrillic, 1 MB", cyrillic), ("emoji, 1 MB", string.Concat(Enumerable.Repeat("\U0001F600", 1 << 19))) })
        {
            for (var i = 0; i < 200 && i * text.Length < 8 << 20; i++)
            {
                tokenizer.Encode(text, tokens);
            }

            var repeat = Math.Max(5, (16 << 20) / text.Length);
            long count = 0;
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            var watch = Stopwatch.StartNew();
            for (var i = 0; i < repeat; i++)
            {
                tokenizer.Encode(text, tokens);
                count += tokens.Count;
            }

            watch.Stop();
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-28} {count / watch.Elapsed.TotalSeconds / 1e6,7:F2} M tokens/s {(long)repeat * text.Length / watch.Elapsed.TotalSeconds / 1e6,7:F1} M characters/s {allocated} bytes allocated"));
        }
    }
}
