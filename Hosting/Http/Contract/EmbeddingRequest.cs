using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sluice.Hosting.Http.Contract;

/// <summary>Texts to embed, as OpenAI's API has them.</summary>
/// <param name="Input">A text, or a list of texts.</param>
/// <param name="Model">The model's name; null or empty for whichever the server has.</param>
/// <param name="EncodingFormat">float or base64 (32-bit floats, little endian); null for float.</param>
/// <param name="Dimensions">Components that are wanted; null for what the server gives.</param>
/// <param name="InputType">document or query, which some models treat differently; null for document. Not of OpenAI's API.</param>
/// <param name="User">Ignored.</param>
internal sealed record EmbeddingRequest(
    [property: JsonPropertyName("input")] JsonElement Input,
    [property: JsonPropertyName("model")] string? Model = null,
    [property: JsonPropertyName("encoding_format")] string? EncodingFormat = null,
    [property: JsonPropertyName("dimensions")] int? Dimensions = null,
    [property: JsonPropertyName("input_type")] string? InputType = null,
    [property: JsonPropertyName("user")] string? User = null);
