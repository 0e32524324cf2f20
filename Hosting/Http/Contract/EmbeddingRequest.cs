using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sluice.Hosting.Http.Contract;

/// <summary>Texts to embed, as OpenAI's API has them.</summary>
/// <param name="Input">A text, or a list of texts.</param>
/// <param name="Model">The model's name; null or empty for whichever the server has.</param>
/// <param name="EncodingFormat">float or base64 (32-bit floats, little endian); null for float.</param>
/// <param name="Dimensions">Components of a dense vector that are wanted, the first ones, brought to unit length where all of them are; null for all.</param>
/// <param name="InputType">document or query, which some models treat differently; null for document. Not of OpenAI's API.</param>
/// <param name="User">Ignored.</param>
internal sealed record EmbeddingRequest(
    [property: JsonPropertyName("input"), AnyOf(typeof(string), typeof(string[]))] JsonElement Input,
    [property: JsonPropertyName("model")] string? Model = null,
    [property: JsonPropertyName("encoding_format"), AllowedValues("float", "base64", null)] string? EncodingFormat = null,
    [property: JsonPropertyName("dimensions")] int? Dimensions = null,
    [property: JsonPropertyName("input_type"), AllowedValues("document", "query", null)] string? InputType = null,
    [property: JsonPropertyName("user")] string? User = null);
