using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.TestKit.Simulators.Pinecone;

/// <summary>The control plane: indexes.</summary>
public sealed partial class PineconeSimulator
{
    private SimulatorAnswer Control(SimulatorRequest request)
    {
        switch (request.Method, request.Segments)
        {
            case ("GET", ["indexes"]):
                return SimulatorAnswer.Json(200, new JsonObject { ["indexes"] = new JsonArray([.. _indexes.Values.Select(index => Describe(index, request))]) });
            case ("POST", ["indexes"]):
                return Create(request);
            case ("GET", ["indexes", var name]):
            {
                var index = Require(name);
                if (index.Terminating is { } left)
                {
                    index.Terminating = left - 1;
                    if (left <= 0)
                    {
                        _indexes.TryRemove(name, out _);
                        Require(name);
                    }
                }

                var described = SimulatorAnswer.Json(200, Describe(index, request));
                index.NotReady = Math.Max(0, index.NotReady - (FailsToInitialize ? 0 : 1));
                return described;
            }

            case ("DELETE", ["indexes", var name]):
            {
                var index = Require(name);
                if (index.IsProtected)
                {
                    throw new PineconeException(403, "FORBIDDEN", "Deletion protection is enabled for this index. Disable deletion protection before retrying.");
                }

                index.Terminating ??= Slowness;
                return SimulatorAnswer.Empty(202);
            }

            default:
                throw new PineconeException(404, "NOT_FOUND", "Not found");
        }
    }

    private PineconeIndex Require(string name) => _indexes.GetValueOrDefault(name) ?? throw new PineconeException(404, "NOT_FOUND", $"Resource {name} not found");

    private SimulatorAnswer Create(SimulatorRequest request)
    {
        var body = request.Json;
        var name = body.GetProperty("name").GetString()!;
        if (name.Length is 0 or > 45 || name.Any(static character => !char.IsAsciiLetterLower(character) && !char.IsAsciiDigit(character) && character != '-') || name.StartsWith('-') || name.EndsWith('-'))
        {
            throw PineconeException.Invalid("Index name must contain only lowercase alphanumeric characters or hyphens, and must not begin or end with a hyphen.");
        }

        var index = body.TryGetProperty("schema", out _) ? ReadNewForm(name, body) : ReadForm(name, body);
        foreach (var (key, value) in index.Tags)
        {
            var text = value!.GetValue<string>();
            if (key.Length > 80 || text.Length > 120 || text.Any(static character => !char.IsAsciiLetterOrDigit(character) && !";@_-.+ ".Contains(character, StringComparison.Ordinal)))
            {
                throw PineconeException.Invalid($"Tag {key} has a value that is not legal: {text}");
            }
        }

        if (_indexes.ContainsKey(name))
        {
            throw new PineconeException(409, "ALREADY_EXISTS", "Resource already exists.");
        }

        if (_indexes.Count >= MaxIndexes)
        {
            throw new PineconeException(403, "FORBIDDEN", $"Request failed. You've reached the max serverless indexes allowed in project default ({MaxIndexes}). To add more serverless indexes, upgrade your plan.");
        }

        index.NotReady = Slowness;
        return _indexes.TryAdd(name, index) ? SimulatorAnswer.Json(201, Describe(index, request)) : throw new PineconeException(409, "ALREADY_EXISTS", "Resource already exists.");
    }

    private PineconeIndex ReadForm(string name, JsonElement body)
    {
        var sparse = body.TryGetProperty("vector_type", out var type) && type.GetString() == "sparse";
        var metric = body.TryGetProperty("metric", out var given) ? given.GetString()! : "cosine";
        var hasDimension = body.TryGetProperty("dimension", out var dimension);
        if (sparse ? hasDimension || metric != "dotproduct" : !hasDimension || dimension.GetInt32() is < 1 or > 20_000 || metric is not ("cosine" or "euclidean" or "dotproduct"))
        {
            throw PineconeException.Invalid(sparse ? "Sparse indexes have no dimension and the metric dotproduct" : "Dimension must be 1 to 20000, the metric cosine, euclidean or dotproduct");
        }

        var spec = JsonNode.Parse(body.GetProperty("spec").GetRawText())!;
        var serverless = spec["serverless"] ?? throw new NotSupportedException("the simulator has serverless indexes alone");
        if (serverless["cloud"]!.GetValue<string>() is not ("aws" or "gcp" or "azure") || serverless["region"]!.GetValue<string>() == "nowhere")
        {
            throw new PineconeException(404, "NOT_FOUND", "Resource cloud/region not found");
        }

        var tags = body.TryGetProperty("tags", out var tagged) ? JsonNode.Parse(tagged.GetRawText())!.AsObject() : [];
        return new PineconeIndex(name, sparse ? null : dimension.GetInt32(), metric, spec, tags, Lag);
    }

    /// <summary>The form of version 2026-07: fields instead of dimension and metric.</summary>
    private PineconeIndex ReadNewForm(string name, JsonElement body)
    {
        var field = body.GetProperty("schema").GetProperty("fields").EnumerateObject().First().Value;
        var deployment = body.GetProperty("deployment");
        var spec = new JsonObject { ["serverless"] = new JsonObject { ["cloud"] = deployment.GetProperty("cloud").GetString(), ["region"] = deployment.GetProperty("region").GetString() } };
        return new PineconeIndex(name, field.GetProperty("dimension").GetInt32(), field.GetProperty("metric").GetString()!, spec, [], Lag);
    }

    private JsonObject Describe(PineconeIndex index, SimulatorRequest request)
    {
        var (ready, state) = index.Terminating is not null ? (false, "Terminating")
            : index.NotReady > 0 ? (false, FailsToInitialize ? "InitializationFailed" : "Initializing")
            : (true, "Ready");
        var json = new JsonObject
        {
            ["name"] = index.Name,
            ["host"] = $"127.0.0.1:{Port}",
            ["deletion_protection"] = index.IsProtected ? "enabled" : "disabled",
            ["status"] = new JsonObject { ["ready"] = ready, ["state"] = state },
        };
        if (index.Tags.Count > 0)
        {
            json["tags"] = index.Tags.DeepClone();
        }

        var serverless = index.Spec["serverless"]!;
        var capacity = new JsonObject { ["mode"] = "OnDemand", ["status"] = new JsonObject { ["state"] = "Ready" } };
        if (request.Header("X-Pinecone-Api-Version") is not "2026-04")
        {
            json["deployment"] = new JsonObject { ["deployment_type"] = "managed", ["cloud"] = serverless["cloud"]!.DeepClone(), ["region"] = serverless["region"]!.DeepClone(), ["environment"] = "simulator" };
            json["schema"] = new JsonObject { ["fields"] = new JsonObject { ["_values"] = new JsonObject { ["type"] = "dense_vector", ["dimension"] = index.Dimension, ["metric"] = index.Metric } } };
            json["read_capacity"] = capacity;
            return json;
        }

        json["metric"] = index.Metric;
        json["vector_type"] = index.IsSparse ? "sparse" : "dense";
        if (index.Dimension is { } dimension)
        {
            json["dimension"] = dimension;
        }

        var spec = index.Spec.DeepClone();
        spec["serverless"]!["read_capacity"] = capacity;
        json["spec"] = spec;
        return json;
    }
}
