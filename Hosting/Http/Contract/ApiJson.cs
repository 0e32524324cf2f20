using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sluice.Hosting.Http.Contract;

/// <summary>How the API's answers become JSON: camel case, every field, no reflection.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    MaxDepth = 16)]
[JsonSerializable(typeof(AccessView))]
[JsonSerializable(typeof(Overview))]
[JsonSerializable(typeof(JobList))]
[JsonSerializable(typeof(JobDetail))]
[JsonSerializable(typeof(JobRequest))]
[JsonSerializable(typeof(NodeList))]
[JsonSerializable(typeof(DeadLetterPage))]
[JsonSerializable(typeof(ReplayRequest))]
[JsonSerializable(typeof(ReplayAnswer))]
[JsonSerializable(typeof(SearchAnswer))]
[JsonSerializable(typeof(EmbeddingRequest))]
[JsonSerializable(typeof(EmbeddingAnswer))]
[JsonSerializable(typeof(MultiEmbeddingAnswer))]
[JsonSerializable(typeof(ServedModelList))]
[JsonSerializable(typeof(OpenAiError))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(float[][]))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class ApiJson : JsonSerializerContext;
