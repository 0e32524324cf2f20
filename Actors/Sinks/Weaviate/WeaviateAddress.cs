using System.Globalization;
using System.Text.RegularExpressions;
using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Sinks.Weaviate;

/// <summary>What a <c>weaviate://HOST:PORT/Class?grpc-host=HOST&amp;grpc-port=PORT&amp;consistency=one|quorum|all</c> address says.</summary>
/// <param name="Server">Host, class and what all addresses have.</param>
/// <param name="Rest">Where the REST API is.</param>
/// <param name="Grpc">Where the gRPC API is.</param>
/// <param name="Consistency">How many replicas must have a write before it counts.</param>
internal sealed partial record WeaviateAddress(SinkAddress Server, Uri Rest, Uri Grpc, Protocol.ConsistencyLevel Consistency)
{
    public const string Scheme = "weaviate";
    public const string Example = "weaviate://127.0.0.1:8080/Chunks?grpc-port=50051";

    private const int RestPort = 8080;
    private const int GrpcPort = 50051;
    private const int TlsPort = 443;

    /// <summary>Hosts of Weaviate Cloud answer on the port of HTTPS, and gRPC at a name of their own.</summary>
    private static readonly string[] s_cloud = [".weaviate.cloud", ".weaviate.network"];

    private static readonly SinkAddressShape s_shape = new("Weaviate", Scheme, Example, RestPort, ["grpc-host", "grpc-port", "consistency"])
    {
        Collection = "Chunks",
        CheckCollection = static name => ClassName().IsMatch(name) ? null : "use a capital letter, then letters, digits and underscores, at most 255 characters",
    };

    /// <summary>Reads the address.</summary>
    /// <exception cref="ConfigurationException">It is malformed.</exception>
    public static WeaviateAddress Parse(string uri)
    {
        var server = SinkAddress.Parse(uri, s_shape);
        var isCloud = Array.Exists(s_cloud, suffix => server.Host.EndsWith(suffix, StringComparison.OrdinalIgnoreCase));
        var scheme = server.Tls ? Uri.UriSchemeHttps : Uri.UriSchemeHttp;
        var host = server.Text("grpc-host") ?? (isCloud ? $"grpc-{server.Host}" : server.Host);
        if (Uri.CheckHostName(host.Trim('[', ']')) == UriHostNameType.Unknown)
        {
            throw server.Wrong("grpc-host is no name or address of a host");
        }

        var port = server.Number("grpc-port", isCloud ? TlsPort : GrpcPort, 1, 65_535);
        var rest = isCloud && server.Port == RestPort ? new UriBuilder(scheme, server.Host, TlsPort).Uri : server.BaseAddress;
        var consistency = server.Choice("consistency", "quorum", "one", "quorum", "all") switch
        {
            "one" => Protocol.ConsistencyLevel.One,
            "all" => Protocol.ConsistencyLevel.All,
            _ => Protocol.ConsistencyLevel.Quorum,
        };
        var grpcHost = host.Contains(':', StringComparison.Ordinal) && host[0] != '[' ? $"[{host}]" : host;
        return new WeaviateAddress(server, rest, new Uri(string.Create(CultureInfo.InvariantCulture, $"{scheme}://{grpcHost}:{port}")), consistency);
    }

    [GeneratedRegex("^[A-Z][_0-9A-Za-z]{0,254}$", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex ClassName();
}
