using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Sluice.Actors.Chunking.Tokenizers;
using Sluice.Streams.Chunks;
using Sluice.TestKit.Models;

namespace Sluice.Benchmarks;

/// <summary>Compares the tokenizers with the original and its JavaScript port, which run in a Node.js process of their own, on random texts.</summary>
internal static class TokenizerReference
{
    private static readonly string Folder = Path.Combine(Repository.Root, "Tests", "Tokenizers");

    /// <summary>Content of a family's <c>tokenizer.json</c>.</summary>
    public static byte[] Content(string family)
    {
        var made = Path.Combine(Repository.Root, "Tests", "Sluice.Actors.Tests", "Chunking", "Tokenizers", "Data", family + ".tokenizer.json.gz");
        if (!File.Exists(made))
        {
            var package = family == "command-r" ? "command_r_plus" : family == "deepseek" ? "deepseek_v3" : family;
            return File.ReadAllBytes(Path.Combine(Folder, "node_modules", "@lenml", "tokenizer-" + package, "models", "tokenizer.json"));
        }

        using var stream = new GZipStream(File.OpenRead(made), CompressionMode.Decompress);
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }

    /// <summary>Compares random texts.</summary>
    /// <param name="family">Which tokenizer; "all" for all.</param>
    /// <param name="count">How many texts.</param>
    /// <param name="seed">Where the random numbers begin.</param>
    /// <param name="withPort">Whether the port takes part; without it the comparison is quicker.</param>
    public static async Task CompareAsync(string family, int count, int seed, bool withPort)
    {
        var families = family == "all" ? await FamiliesAsync() : [family];
        Console.WriteLine($"{"family",-18} {"compared",9} {"mismatches",10} {"offsets",8} {"port differs",12}");
        foreach (var name in families)
        {
            await CompareOneAsync(name, count, seed, withPort);
        }
    }

    private static async Task<string[]> FamiliesAsync()
    {
        using var node = Start("--input-type=module", "-e", "import('./families.mjs').then((m) => console.log(m.names().join(' ')))");
        var names = (await node.StandardOutput.ReadToEndAsync()).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        await node.WaitForExitAsync();
        return names;
    }

    private static async Task CompareOneAsync(string family, int count, int seed, bool withPort)
    {
        var tokenizer = TokenizerLoader.Parse(Content(family), null, family);
        var tokens = new TokenBuffer();
        using var node = Start("reference.mjs", family, count.ToString(CultureInfo.InvariantCulture), seed.ToString(CultureInfo.InvariantCulture), withPort ? "port" : "no-port");
        try
        {
            var (compared, mismatches, offsets, port) = (0, 0, 0, 0);
            while (await node.StandardOutput.ReadLineAsync() is { } line)
            {
                using var json = JsonDocument.Parse(line);
                var text = ReadText(json.RootElement[0].GetRawText());
                var ids = Integers(json.RootElement[1]);
                tokenizer.Encode(text, tokens);
                compared++;
                if (!tokens.Ids.SequenceEqual(ids))
                {
                    if (mismatches++ < 3)
                    {
                        Show(family, text, ids, tokens);
                    }
                }
                else if (!SameOffsets(text, Integers(json.RootElement[2]), tokens, tokenizer))
                {
                    offsets++;
                }

                port += withPort && (json.RootElement[3].ValueKind == JsonValueKind.Null || !Integers(json.RootElement[3]).AsSpan().SequenceEqual(ids)) ? 1 : 0;
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{family,-18} {compared,9} {mismatches,10} {offsets,8} {port,12}"));
        }
        finally
        {
            if (!node.HasExited)
            {
                node.Kill();
            }
        }
    }

    private static int[] Integers(JsonElement list) => [.. list.EnumerateArray().Select(static item => item.ValueKind == JsonValueKind.Number ? item.GetInt32() : -1)];

    /// <summary>A text with lone surrogates, which the runtime's reader refuses.</summary>
    private static string ReadText(string raw)
    {
        var text = new StringBuilder();
        for (var i = 1; i < raw.Length - 1; i++)
        {
            if (raw[i] != '\\')
            {
                text.Append(raw[i]);
                continue;
            }

            i++;
            if (raw[i] == 'u')
            {
                text.Append((char)ushort.Parse(raw.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                i += 4;
            }
            else
            {
                text.Append(raw[i] switch { 'n' => '\n', 'r' => '\r', 't' => '\t', 'b' => '\b', 'f' => '\f', var other => other });
            }
        }

        return text.ToString();
    }

    private static bool SameOffsets(string text, int[] offsets, TokenBuffer tokens, ITokenizer tokenizer)
    {
        var places = new List<int>();
        for (var i = 0; i < text.Length; i += char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]) ? 2 : 1)
        {
            places.Add(i);
        }

        places.Add(text.Length);
        var special = tokenizer.SpecialTokenCount;
        for (var i = 0; i < tokens.Count; i++)
        {
            var isSpecial = offsets[2 * i] == 0 && offsets[(2 * i) + 1] == 0 && special > 0;
            if (!isSpecial && (places[offsets[2 * i]] != tokens.Starts[i] || places[offsets[(2 * i) + 1]] != tokens.Ends[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static void Show(string family, string text, int[] ids, TokenBuffer tokens)
    {
        var first = tokens.Ids.CommonPrefixLength(ids);
        var place = first < tokens.Count ? tokens.Starts[first] : text.Length;
        var around = text[Math.Max(0, place - 12)..Math.Min(text.Length, place + 24)];
        Console.WriteLine($"  {family}: at {place}: {JsonSerializer.Serialize(around.Replace('\uFFFE', '?'))}");
        Console.WriteLine($"    original {string.Join(' ', ids.Skip(Math.Max(0, first - 2)).Take(12))}");
        Console.WriteLine($"    here     {string.Join(' ', tokens.Ids.ToArray().Skip(Math.Max(0, first - 2)).Take(12))}");
    }

    private static Process Start(params string[] arguments)
        => Process.Start(new ProcessStartInfo("node", arguments) { WorkingDirectory = Folder, UseShellExecute = false, RedirectStandardOutput = true, StandardOutputEncoding = Encoding.UTF8 })
            ?? throw new InvalidOperationException("Node.js cannot be started. Install it, and run 'npm ci' in Tests/Tokenizers.");
}
