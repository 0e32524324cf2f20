using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Sinks.Chroma;

/// <summary>What a <c>chroma://</c> address says beside what all addresses say.</summary>
/// <param name="Server">Where it is, and the collection.</param>
/// <param name="Tenant">The tenant; null where the key tells (Chroma Cloud).</param>
/// <param name="Database">The database; null where the key tells.</param>
internal sealed record ChromaAddress(SinkAddress Server, string? Tenant, string? Database)
{
    public const string Scheme = "chroma";
    public const string Example = "chroma://127.0.0.1:8000/chunks";

    private const string CloudDomain = ".trychroma.com";
    private const string DefaultTenant = "default_tenant";
    private const string DefaultDatabase = "default_database";

    /// <summary>Whether it is Chroma Cloud, which has limits of its own.</summary>
    public bool IsCloud { get; } = Server.Host.EndsWith(CloudDomain, StringComparison.OrdinalIgnoreCase);

    /// <summary>Its identity in the ledger.</summary>
    public string Name
    {
        get
        {
            var place = new List<string>();
            if (Tenant is not (null or DefaultTenant))
            {
                place.Add("tenant=" + Uri.EscapeDataString(Tenant));
            }

            if (Database is not (null or DefaultDatabase))
            {
                place.Add("database=" + Uri.EscapeDataString(Database));
            }

            return Server.Name + (place.Count == 0 ? "" : "?" + string.Join('&', place));
        }
    }

    /// <summary>Reads an address.</summary>
    /// <exception cref="ConfigurationException">It is malformed.</exception>
    public static ChromaAddress Parse(string uri)
    {
        var cloud = uri.Contains(CloudDomain, StringComparison.OrdinalIgnoreCase);
        var address = SinkAddress.Parse(uri, new SinkAddressShape("Chroma", Scheme, Example, cloud ? 443 : 8000, ["tenant", "database"]) { CheckCollection = CheckName });
        var tenant = address.Text("tenant") ?? Variable("CHROMA_TENANT");
        var database = address.Text("database") ?? Variable("CHROMA_DATABASE");
        return new ChromaAddress(address, tenant ?? (cloud ? null : DefaultTenant), database ?? (cloud ? null : DefaultDatabase));
    }

    private static string? CheckName(string name)
    {
        var legal = name.Length is >= 3 and <= 512
            && name.All(static character => char.IsAsciiLetterOrDigit(character) || character is '.' or '_' or '-')
            && char.IsAsciiLetterOrDigit(name[0])
            && char.IsAsciiLetterOrDigit(name[^1]);
        return legal ? null : "use 3 to 512 letters, digits, dots, dashes and underscores, with a letter or digit at both ends";
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
