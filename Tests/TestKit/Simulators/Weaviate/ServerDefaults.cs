using System.Text.Json.Nodes;

namespace Sluice.TestKit.Simulators.Weaviate;

/// <summary>What the server adds to a class that was made without it: its clients count on it.</summary>
internal static class ServerDefaults
{
    /// <summary>A property of its own that the official client sends along; the server takes no notice of what it does not know.</summary>
    public const string ClientOnly = "vectorizers";

    /// <summary>Adds what is missing.</summary>
    public static void Complete(JsonObject body)
    {
        body.Remove(ClientOnly);
        Add(body, "properties", new JsonArray());
        Complete(body, "invertedIndexConfig", """{"bm25":{"b":0.75,"k1":1.2},"cleanupIntervalSeconds":60,"stopwords":{"preset":"en","additions":[],"removals":[]},"usingBlockMaxWAND":true}""");
        Complete(body, "multiTenancyConfig", """{"autoTenantActivation":false,"autoTenantCreation":false,"enabled":false}""");
        Complete(body, "replicationConfig", """{"deletionStrategy":"TimeBasedResolution","factor":1}""");
        Complete(
            body,
            "shardingConfig",
            """{"actualCount":1,"actualVirtualCount":128,"desiredCount":1,"desiredVirtualCount":128,"function":"murmur3","key":"_id","strategy":"hash","virtualPerPhysical":128}""");
        if (body["vectorConfig"] is JsonObject named)
        {
            foreach (var (_, config) in named)
            {
                Add(config!.AsObject(), "vectorizer", new JsonObject { ["none"] = new JsonObject() });
                CompleteIndex(config.AsObject());
            }
        }
        else
        {
            Add(body, "vectorizer", "none");
            CompleteIndex(body);
        }
    }

    private static void CompleteIndex(JsonObject holder)
    {
        Add(holder, "vectorIndexType", "hnsw");
        Complete(
            holder,
            "vectorIndexConfig",
            """
            {"cleanupIntervalSeconds":300,"distance":"cosine","dynamicEfFactor":8,"dynamicEfMax":500,"dynamicEfMin":100,"ef":-1,"efConstruction":128,"filterStrategy":"acorn",
             "flatSearchCutoff":40000,"maxConnections":32,"multivector":{"enabled":false,"aggregation":"maxSim"},"skip":false,"vectorCacheMaxObjects":1000000000000}
            """);
    }

    private static void Complete(JsonObject holder, string name, string defaults)
    {
        Add(holder, name, new JsonObject());
        foreach (var (key, value) in JsonNode.Parse(defaults)!.AsObject())
        {
            Add(holder[name]!.AsObject(), key, value?.DeepClone());
        }
    }

    private static void Add(JsonObject holder, string name, JsonNode? value)
    {
        if (!holder.ContainsKey(name))
        {
            holder.Add(name, value);
        }
    }
}
