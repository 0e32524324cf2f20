using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Sluice.Hosting.Http.Contract;

/// <summary>The answer of <c>GET /v1/models</c>, in the shape of OpenAI's API.</summary>
/// <param name="Object">Always list.</param>
/// <param name="Data">The models: the one that texts are embedded with.</param>
internal sealed record ServedModelList([property: AllowedValues("list")] string Object, IReadOnlyList<ListedModel> Data);

/// <summary>A model.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Object">Always model.</param>
/// <param name="Created">When its folder was written, in seconds since 1970; 0 where that is not known.</param>
/// <param name="OwnedBy">Always sluice.</param>
internal sealed record ListedModel(string Id, [property: AllowedValues("model")] string Object, long Created, [property: JsonPropertyName("owned_by")] string OwnedBy);
