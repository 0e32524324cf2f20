using System.Text;
using Sluice.TestKit.Files;
using Sluice.TestKit.Simulators;

namespace Sluice.Actors.Tests.Sinks.Simulators;

public sealed class ContractValidatorTests : IDisposable
{
    private const string OpenApi = """
        openapi: 3.0.1
        info: { title: Things, version: '1' }
        paths:
          /things/{name}:
            put:
              parameters:
                - { name: name, in: path, required: true, schema: { type: string } }
                - { name: wait, in: query, schema: { type: boolean } }
              requestBody:
                required: true
                content: { application/json: { schema: { $ref: '#/components/schemas/Thing' } } }
              responses:
                '200': { description: ok, content: { application/json: { schema: { type: object, required: [count], properties: { count: { type: integer } } } } } }
                '4XX': { description: no, content: { application/json: { schema: { type: object, required: [error] } } } }
          /things/all:
            put: { responses: { '204': { description: ok } } }
        components:
          schemas:
            Thing:
              type: object
              required: [id, vector]
              properties:
                id: { type: string, minLength: 1, maxLength: 4, pattern: '^[a-z]+$' }
                vector:
                  anyOf:
                    - { type: array, minItems: 1, items: { type: number, format: float } }
                    - { type: object, additionalProperties: { type: array, items: { type: number } } }
                kind: { type: string, enum: [one, two] }
                size: { type: integer, minimum: 1, nullable: true }
                more: { anyOf: [{ $ref: '#/components/schemas/Thing' }, { nullable: true }] }
        """;

    private const string Swagger = """
        {"swagger":"2.0","basePath":"/v1","paths":{"/objects":{"post":{"parameters":[{"in":"body","name":"body","required":true,"schema":{"$ref":"#/definitions/Object"}}],
        "responses":{"200":{"description":"ok","schema":{"$ref":"#/definitions/Object"}}}}}},
        "definitions":{"Object":{"type":"object","properties":{"class":{"type":"string"},"properties":{"type":"object"}}}}}
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"id":"a","vector":[1,2.5]}""", null)]
    [InlineData("""{"id":"a","vector":{"x":[1]},"kind":"two","size":null,"more":{"id":"b","vector":[1]}}""", null)]
    [InlineData("""{"id":"a","vector":[1],"more":null}""", null)]
    [InlineData("""{"vector":[1]}""", "$: lacks 'id'")]
    [InlineData("""{"id":"a","vector":[1,"2"]}""", "$.vector[1]: is String and should be number")]
    [InlineData("""{"id":"a","vector":[]}""", "$.vector")]
    [InlineData("""{"id":"abcde","vector":[1]}""", "$.id: has 5 characters")]
    [InlineData("""{"id":"A","vector":[1]}""", "should match")]
    [InlineData("""{"id":"a","vector":[1],"kind":"three"}""", "should be one of")]
    [InlineData("""{"id":"a","vector":[1],"size":0}""", "$.size: is 0, out of its range")]
    [InlineData("""{"id":"a","vector":[1],"size":1.5}""", "$.size: is Number and should be integer")]
    [InlineData("""{"id":"a","vector":[1],"Kind":"one"}""", "$.Kind: is not in the contract")]
    [InlineData("""{"id":"a","vector":[1],"more":{"id":"b"}}""", "$.more: lacks 'vector'")]
    [InlineData("""{"id":"a","vector":[1]""", "is not JSON")]
    [InlineData("", "body: is missing")]
    public void ValidateRequest_Body_SaysPlaceAndReason(string body, string? wrong)
    {
        var found = Open("things.yaml", OpenApi).ValidateRequest(Request("PUT", "/things/a", body));
        if (wrong is null)
        {
            found.ShouldBeNull();
        }
        else
        {
            found.ShouldNotBeNull().ShouldContain(wrong);
        }
    }

    [Fact]
    public void ValidateRequest_OperationAndQuery_AreLookedUp()
    {
        var contract = Open("things.yaml", OpenApi);
        contract.ValidateRequest(Request("PUT", "/things/all", "")).ShouldBeNull();
        contract.ValidateRequest(Request("GET", "/things/a", "")).ShouldNotBeNull().ShouldContain("no such operation");
        contract.ValidateRequest(Request("PUT", "/things/a", """{"id":"a","vector":[1]}""", ("wait", "true"))).ShouldBeNull();
        contract.ValidateRequest(Request("PUT", "/things/a", """{"id":"a","vector":[1]}""", ("wait", "yes"))).ShouldNotBeNull().ShouldContain("query 'wait'");
        contract.ValidateRequest(Request("PUT", "/things/a", """{"id":"a","vector":[1]}""", ("await", "true"))).ShouldNotBeNull().ShouldContain("no parameter 'await'");
        ContractValidator.Read([_folder.Combine("things.yaml")], static request => request.Is("GET", "/**")).ValidateRequest(Request("GET", "/", "")).ShouldBeNull();
    }

    [Fact]
    public void ValidateAnswer_StatusAndBody_AreChecked()
    {
        var (contract, request) = (Open("things.yaml", OpenApi), Request("PUT", "/things/a", ""));
        contract.ValidateAnswer(request, SimulatorAnswer.Text(200, """{"count":1}""", "application/json")).ShouldBeNull();
        contract.ValidateAnswer(request, SimulatorAnswer.Text(200, "{}", "application/json")).ShouldNotBeNull().ShouldContain("answer 200 $: lacks 'count'");
        contract.ValidateAnswer(request, SimulatorAnswer.Text(404, "{}", "application/json")).ShouldNotBeNull().ShouldContain("lacks 'error'");
        contract.ValidateAnswer(request, SimulatorAnswer.Text(401, "no", "text/plain")).ShouldBeNull();
        contract.ValidateAnswer(request, SimulatorAnswer.Empty(301)).ShouldNotBeNull().ShouldContain("knows no answer 301");
    }

    [Fact]
    public void ValidateRequest_Swagger_ReadsBodyParametersAndBasePath()
    {
        var contract = Open("old.json", Swagger);
        contract.ValidateRequest(Request("POST", "/v1/objects", """{"class":"A","properties":{"any":[1]}}""")).ShouldBeNull();
        contract.ValidateRequest(Request("POST", "/v1/objects", """{"klass":"A"}""")).ShouldNotBeNull().ShouldContain("$.klass");
        contract.ValidateAnswer(Request("POST", "/v1/objects", ""), SimulatorAnswer.Text(200, """{"class":1}""", "application/json")).ShouldNotBeNull();
    }

    [Fact]
    public void Load_PublishedContracts_AllReadWhereTheyAre()
    {
        if (ContractValidator.Folder is not { } folder)
        {
            ContractValidator.Load(["qdrant/openapi.json"]).ShouldBeNull();
            return;
        }

        foreach (var file in new[] { "qdrant/openapi.json", "pinecone/db_control_2026-04.oas.yaml", "pinecone/db_data_2026-04.oas.yaml", "weaviate/schema-1.39.0.json",
            "elasticsearch/vector-endpoints.openapi.json", "milvus/restful-v2.6.x.assembled.openapi.json", "chroma/openapi-chroma-1.4.4.json" })
        {
            ContractValidator.Load([file]).ShouldNotBeNull().ValidateRequest(Request("GET", "/no/such/path/anywhere/at/all", "")).ShouldNotBeNull();
            File.Exists(Path.Combine(folder, file)).ShouldBeTrue();
        }
    }

    private static SimulatorRequest Request(string method, string path, string body, params (string Name, string Value)[] query) =>
        new(method, path, query.ToDictionary(static pair => pair.Name, static pair => pair.Value, StringComparer.Ordinal), new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase), Encoding.UTF8.GetBytes(body));

    private ContractValidator Open(string name, string text)
    {
        File.WriteAllText(_folder.Combine(name), text);
        return ContractValidator.Read([_folder.Combine(name)]);
    }
}
