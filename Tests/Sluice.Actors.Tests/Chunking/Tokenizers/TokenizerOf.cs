using System.Text;
using System.Text.Json.Nodes;
using Sluice.Actors.Chunking.Tokenizers;
using Sluice.Streams.Chunks;
using Sluice.TestKit.Models;

namespace Sluice.Actors.Tests.Chunking.Tokenizers;

/// <summary>Tokenizers for tests.</summary>
internal static class TokenizerOf
{
    /// <summary>The default model's, as it is shipped: cleans its text.</summary>
    public static async Task<ITokenizer> DefaultModelAsync() => TokenizerLoader.Load(await TestModel.EnsureAsync());

    /// <summary>The default model's without the cleaning, as the original has it.</summary>
    public static async Task<ITokenizer> OriginalAsync()
    {
        var folder = await TestModel.EnsureAsync();
        var json = JsonNode.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, "tokenizer.json")))!;
        var steps = json["normalizer"]!["normalizers"]!.AsArray();
        steps.RemoveAt(0);
        steps.RemoveAt(0);
        steps.RemoveAt(0);
        steps[0]!["type"]!.GetValue<string>().ShouldBe("NFKC");
        return TokenizerLoader.Parse(Encoding.UTF8.GetBytes(json.ToJsonString()), await File.ReadAllBytesAsync(Path.Combine(folder, "tokenizer_config.json")), "tokenizer.json");
    }

    /// <summary>The default model's pieces and scores by id.</summary>
    public static async Task<IReadOnlyList<(string Piece, double Score)>> VocabularyAsync()
    {
        var json = JsonNode.Parse(await File.ReadAllBytesAsync(Path.Combine(await TestModel.EnsureAsync(), "tokenizer.json")))!;
        return [.. json["model"]!["vocab"]!.AsArray().Select(static entry => (entry![0]!.GetValue<string>(), entry[1]!.GetValue<double>()))];
    }
}
