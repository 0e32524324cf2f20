using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace Sluice.Hosting.Tests.Http;

/// <summary>A server's own description of its routes, that its answers are held against.</summary>
internal sealed class ApiSchemas
{
    private readonly JsonNode _document;

    private ApiSchemas(JsonNode document) => _document = document;

    /// <summary>Asks a server for it.</summary>
    public static async Task<ApiSchemas> OfAsync(HttpClient client) => new(JsonNode.Parse(await client.GetStringAsync("/openapi.json"))!);

    /// <summary>Sees to it that a body is what the document says a route takes.</summary>
    public void CheckRequest(string method, string path, string body) =>
        Check(Operation(method, path)["requestBody"]!["content"]!["application/json"]!, body).ShouldBeNull($"{method} {path} takes {body}");

    /// <summary>Whether a body is what the document says a route takes.</summary>
    public bool Takes(string method, string path, string body) => Check(Operation(method, path)["requestBody"]!["content"]!["application/json"]!, body) is null;

    /// <summary>Sees to it that an answer is what the document says.</summary>
    public void CheckAnswer(string method, string path, HttpResponseMessage answer, string body)
    {
        var responses = Operation(method, path)["responses"]!;
        var described = responses[((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture)] ?? responses["default"]!;
        var content = described["content"]![answer.Content.Headers.ContentType!.MediaType!].ShouldNotBeNull($"{method} {path} answered with {answer.Content.Headers.ContentType}");
        Check(content, body).ShouldBeNull($"{method} {path} answered {answer.StatusCode} with {body}");
    }

    private JsonNode Operation(string method, string path) => _document["paths"]![path].ShouldNotBeNull(path)[method.ToLowerInvariant()].ShouldNotBeNull(method);

    private string? Check(JsonNode content, string body)
    {
        var name = ((string)content["schema"]!["$ref"]!)["#/components/schemas/".Length..];
        var result = JsonSchema.FromText(_document["components"]!["schemas"]![name]!.ToJsonString()).Evaluate(JsonDocument.Parse(body).RootElement, new EvaluationOptions { OutputFormat = OutputFormat.List });
        return result.IsValid ? null : JsonSerializer.Serialize((result.Details ?? []).Where(static detail => detail.Errors is { Count: > 0 }).Select(static detail => new { place = detail.InstanceLocation.ToString(), detail.Errors }));
    }
}
