using System.Text.Json.Serialization;

namespace Sluice.Actors.Embedding.Default;

/// <summary>Generated serialization: no reflection at start-up.</summary>
[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(ModelStamp))]
internal sealed partial class StampJson : JsonSerializerContext;
