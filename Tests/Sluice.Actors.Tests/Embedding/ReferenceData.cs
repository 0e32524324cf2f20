using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sluice.Actors.Tests.Embedding;

/// <summary>A text with what the original model makes of it.</summary>
/// <param name="Text">The text; a lone surrogate stands as U+FFFD.</param>
/// <param name="Ids">Token ids without cleaning.</param>
/// <param name="Embedding">The original's embedding, where it was recorded.</param>
public sealed record ReferenceText(
    [property: JsonPropertyName("text")] string Text,
    [property: JsonPropertyName("ids")] int[] Ids,
    [property: JsonPropertyName("embedding")] float[]? Embedding);

/// <summary>The files below <c>Embedding/Data</c>, recorded from the original TensorFlow.js model and its tokenizer.</summary>
public static class ReferenceData
{
    public static IReadOnlyList<ReferenceText> Read(string name)
        => JsonSerializer.Deserialize<List<ReferenceText>>(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Embedding", "Data", name)))!;
}
