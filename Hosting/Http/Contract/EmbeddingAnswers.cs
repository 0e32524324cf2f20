using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sluice.Hosting.Http.Contract;

/// <summary>The answer of <c>POST /v1/embeddings</c>, in the shape of OpenAI's API.</summary>
/// <param name="Object">Always list.</param>
/// <param name="Data">One item a text, in their order.</param>
/// <param name="Model">The model's name.</param>
/// <param name="Usage">What was embedded.</param>
internal sealed record EmbeddingAnswer([property: AllowedValues("list")] string Object, IReadOnlyList<EmbeddingItem> Data, string Model, EmbeddingUsage Usage);

/// <summary>The vector of a text.</summary>
/// <param name="Object">Always embedding.</param>
/// <param name="Index">Which text, from 0.</param>
/// <param name="Embedding">Its components; or, as base64, their 32-bit floats, little endian.</param>
internal sealed record EmbeddingItem([property: AllowedValues("embedding")] string Object, int Index, [property: AnyOf(typeof(float[]), typeof(string))] JsonElement Embedding);

/// <summary>The answer of <c>POST /v1/embeddings/multi</c>.</summary>
/// <param name="Object">Always list.</param>
/// <param name="Data">One item a text, in their order.</param>
/// <param name="Model">The model's name.</param>
/// <param name="Usage">What was embedded.</param>
internal sealed record MultiEmbeddingAnswer([property: AllowedValues("list")] string Object, IReadOnlyList<MultiEmbeddingItem> Data, string Model, EmbeddingUsage Usage);

/// <summary>The vectors of a text; or the weights of its terms, by the model's kind.</summary>
/// <param name="Object">Always embedding.</param>
/// <param name="Index">Which text, from 0.</param>
/// <param name="Embeddings">Of a late-interaction model: a vector a token that counts, each as floats or base64.</param>
/// <param name="Indices">Of a sparse model: the terms, as ids of its vocabulary, rising.</param>
/// <param name="Values">Of a sparse model: their weights, as floats or base64.</param>
internal sealed record MultiEmbeddingItem(
    [property: AllowedValues("embedding")] string Object,
    int Index,
    [property: AnyOf(typeof(float[][]), typeof(string[]))] JsonElement? Embeddings = null,
    IReadOnlyList<int>? Indices = null,
    [property: AnyOf(typeof(float[]), typeof(string))] JsonElement? Values = null);

/// <summary>What was embedded.</summary>
/// <param name="PromptTokens">Tokens, marks of the model among them, after what was too long was cut.</param>
/// <param name="TotalTokens">The same.</param>
internal sealed record EmbeddingUsage([property: JsonPropertyName("prompt_tokens")] long PromptTokens, [property: JsonPropertyName("total_tokens")] long TotalTokens);
