using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Sinks.Qdrant;

/// <summary>What the address of a collection in Qdrant says.</summary>
/// <param name="Server">Where it is.</param>
/// <param name="Storage">How components are stored: <c>float32</c> or <c>float16</c>; null where the address does not say.</param>
/// <param name="OnDisk">Whether vectors lie on disk and not in memory.</param>
/// <param name="FullText">Whether words are indexed.</param>
/// <param name="Exact">Whether searches compare with every vector.</param>
internal sealed record QdrantAddress(SinkAddress Server, string? Storage, bool OnDisk, bool FullText, bool Exact)
{
    public const string Scheme = "qdrant";

    public const string Example = "qdrant://localhost:6333/docs";

    private const int GrpcPort = 6334;

    private static readonly SinkAddressShape s_shape = new("Qdrant", Scheme, Example, 6333, ["storage", "on-disk", "full-text", "exact"])
    {
        CheckCollection = static name => name.Length <= 255 && name.IndexOfAny(['/', '\\', '<', '>', ':', '"', '|', '?', '*']) < 0
            ? null
            : "a name has 1 to 255 characters, none of / \\ < > : \" | ? *",
    };

    /// <summary>Reads an address.</summary>
    /// <exception cref="ConfigurationException">It is malformed.</exception>
    public static QdrantAddress Parse(string uri)
    {
        var server = SinkAddress.Parse(uri, s_shape);
        if (server.Port == GrpcPort)
        {
            throw server.Wrong($"port {GrpcPort} is the one for gRPC; Sluice speaks REST: write port 6333");
        }

        var storage = server.Text("storage") is null ? null : server.Choice("storage", "float32", "float32", "float16");
        return new QdrantAddress(server, storage, server.Flag("on-disk", missing: false), server.Flag("full-text", missing: true), server.Flag("exact", missing: false));
    }
}
