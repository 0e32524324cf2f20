using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Http.Contract;
using Sluice.Hosting.Http.Embeddings;
using Sluice.Hosting.Tests.Cli;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Tests.Http;

/// <summary>docs/api.md, the records and the server say the same.</summary>
public sealed partial class ContractTests
{
    private static readonly string Text = File.ReadAllText(Repository.PathTo("docs/api.md"));

    [Theory]
    [InlineData("access", typeof(AccessView))]
    [InlineData("overview", typeof(Overview))]
    [InlineData("jobs", typeof(JobList))]
    [InlineData("job", typeof(JobDetail))]
    [InlineData("job-request", typeof(JobRequest))]
    [InlineData("replay-request", typeof(ReplayRequest))]
    [InlineData("replay", typeof(ReplayAnswer))]
    [InlineData("nodes", typeof(NodeList))]
    [InlineData("dead-letters", typeof(DeadLetterPage))]
    [InlineData("search", typeof(SearchAnswer))]
    [InlineData("problem", typeof(Problem))]
    [InlineData("openai-error", typeof(OpenAiError))]
    public void Example_IsReadStrictly_AndWrittenWithTheSameFields(string name, Type type)
    {
        var example = Examples()[name];
        var info = ApiJson.Default.GetTypeInfo(type).ShouldNotBeNull();
        var value = JsonSerializer.Deserialize(example, info).ShouldNotBeNull();
        Fields(JsonDocument.Parse(JsonSerializer.Serialize(value, info)).RootElement).ShouldBe(Fields(JsonDocument.Parse(example).RootElement), ignoreOrder: true, name);
    }

    [Theory]
    [InlineData(false, 15)]
    [InlineData(true, 18)]
    public async Task OpenApi_ListsEveryRouteOfTheDocument_AndItsSchemasAreThere(bool embeds, int routes)
    {
        await using var models = new ServedModels(1, 1);
        var embeddings = embeds ? new EmbeddingRoutes(models, new TestRooms(), "", static _ => Task.FromResult<CollectionInfo?>(null)) : null;
        await using var server = await TestServer.StartAsync(embeddings: embeddings);
        var (status, body, _) = await server.SendAsync("GET", "/openapi.json");
        status.ShouldBe(HttpStatusCode.OK);
        var document = JsonDocument.Parse(body).RootElement;
        document.GetProperty("openapi").GetString().ShouldBe("3.1.0");
        var paths = document.GetProperty("paths").EnumerateObject().Select(static path => path.Name).ToList();
        foreach (var path in paths)
        {
            Text.ShouldContain(path.Replace("/replay", "", StringComparison.Ordinal).Replace("/resume", "", StringComparison.Ordinal).Replace("/cancel", "", StringComparison.Ordinal), Case.Sensitive);
        }

        paths.Count.ShouldBe(routes);
        var schemas = document.GetProperty("components").GetProperty("schemas");
        foreach (Match reference in Reference().Matches(body))
        {
            schemas.TryGetProperty(reference.Groups["name"].Value, out _).ShouldBeTrue(reference.Value);
        }

        var ids = document.GetProperty("paths").EnumerateObject().SelectMany(static path => path.Value.EnumerateObject()).Select(static operation => operation.Value.GetProperty("operationId").GetString()).ToList();
        ids.Distinct(StringComparer.Ordinal).Count().ShouldBe(ids.Count);
    }

    [Theory]
    [InlineData("/api/v1/access")]
    [InlineData("/api/v1/overview")]
    [InlineData("/api/v1/jobs")]
    [InlineData("/api/v1/jobs/{id}", "1")]
    [InlineData("/api/v1/jobs/{id}", "none")]
    [InlineData("/api/v1/nodes")]
    [InlineData("/api/v1/dead-letters")]
    [InlineData("/api/v1/search", "", "?q=memory")]
    [InlineData("/api/v1/search", "", "?q=memory&limit=0")]
    public async Task Answer_OfTheServer_IsWhatItsDescriptionSays(string path, string id = "", string query = "")
    {
        await using var server = await TestServer.StartAsync();
        var (_, body, answer) = await server.SendAsync("GET", path.Replace("{id}", id, StringComparison.Ordinal) + query);
        (await ApiSchemas.OfAsync(server.Client)).CheckAnswer("GET", path, answer, body);
    }

    private static Dictionary<string, string> Examples() =>
        Example().Matches(Text).ToDictionary(static match => match.Groups["name"].Value, static match => match.Groups["json"].Value, StringComparer.Ordinal);

    /// <summary>The paths of all fields; of arrays their first element's, of maps none.</summary>
    private static SortedSet<string> Fields(JsonElement json, string path = "")
    {
        var fields = new SortedSet<string>(StringComparer.Ordinal);
        if (json.ValueKind == JsonValueKind.Object && !path.EndsWith("ByReason", StringComparison.Ordinal) && !path.EndsWith("settings", StringComparison.Ordinal))
        {
            foreach (var property in json.EnumerateObject())
            {
                fields.Add($"{path}.{property.Name}");
                fields.UnionWith(Fields(property.Value, $"{path}.{property.Name}"));
            }
        }
        else if (json.ValueKind == JsonValueKind.Array && json.GetArrayLength() > 0)
        {
            fields.UnionWith(Fields(json[0], path + "[]"));
        }

        return fields;
    }

    [GeneratedRegex(@"```json (?<name>[\w-]+)\n(?<json>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Example();

    [GeneratedRegex("#/components/schemas/(?<name>\\w+)", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Reference();
}
