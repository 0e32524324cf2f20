using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Sinks.Pinecone;

/// <summary>What the address of an index in Pinecone says.</summary>
/// <param name="Server">The control plane, with the index's name as collection.</param>
/// <param name="Namespace">The namespace; <see cref="DefaultNamespace"/> where none is named.</param>
/// <param name="Cloud">Where a new index is made.</param>
/// <param name="Region">Where in that cloud.</param>
internal sealed record PineconeAddress(SinkAddress Server, string Namespace, string Cloud, string Region)
{
    public const string Scheme = "pinecone";

    public const string Example = "pinecone://api.pinecone.io/docs?cloud=aws&region=us-east-1";

    public const string DefaultNamespace = "__default__";

    private const int MaxName = 45;

    private static readonly SinkAddressShape s_shape = new("Pinecone", Scheme, Example, 443, ["namespace", "cloud", "region"]) { CheckCollection = CheckName };

    /// <summary>The sink's identity: two namespaces of an index are two collections.</summary>
    public string Name => Namespace == DefaultNamespace ? Server.Name : $"{Server.Name}?namespace={Uri.EscapeDataString(Namespace)}";

    /// <summary>Reads an address.</summary>
    /// <exception cref="ConfigurationException">It is malformed.</exception>
    public static PineconeAddress Parse(string uri)
    {
        var server = SinkAddress.Parse(uri, s_shape);
        var name = server.Text("namespace") ?? DefaultNamespace;
        if (name.Length is 0 or > 512 || name.Any(static character => character is < ' ' or > '~'))
        {
            throw server.Wrong("the namespace has 1 to 512 printable ASCII characters");
        }

        return new PineconeAddress(server, name, server.Choice("cloud", "aws", "aws", "gcp", "azure"), server.Text("region") ?? "us-east-1");
    }

    private static string? CheckName(string name)
    {
        var legal = name.Length is > 0 and <= MaxName && name[0] != '-' && name[^1] != '-'
            && name.All(static character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character == '-');
        return legal ? null : $"an index has 1 to {MaxName} lower-case letters, digits and hyphens, none of these at the ends";
    }
}
