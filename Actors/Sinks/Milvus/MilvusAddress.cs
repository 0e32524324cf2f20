using System.Text.RegularExpressions;
using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Sinks.Milvus;

/// <summary>What a <c>milvus://USER:PASSWORD@HOST:PORT/collection?database=NAME</c> address says.</summary>
/// <param name="Server">Host, collection and what all addresses have.</param>
/// <param name="Database">The database in the server; null for the default one.</param>
internal sealed partial record MilvusAddress(SinkAddress Server, string? Database)
{
    public const string Scheme = "milvus";
    public const string Example = "milvus://127.0.0.1:19530/chunks?database=default";

    private const string DefaultDatabase = "default";

    private static readonly SinkAddressShape s_shape = new("Milvus", Scheme, Example, 19_530, ["database"])
    {
        TakesPassword = true,
        CheckCollection = static name => LegalName().IsMatch(name) ? null : "use a letter or an underscore, then letters, digits and underscores, at most 255 characters",
    };

    /// <summary>Its identity in the ledger; two databases of one server are two places.</summary>
    public string Name => Database is null ? Server.Name : $"{Server.Name}?database={Database}";

    /// <summary>Reads the address.</summary>
    /// <exception cref="ConfigurationException">It is malformed.</exception>
    public static MilvusAddress Parse(string uri)
    {
        var server = SinkAddress.Parse(uri, s_shape);
        var database = server.Text("database");
        if (database is not null && !LegalName().IsMatch(database))
        {
            throw server.Wrong("database is no legal name; use a letter or an underscore, then letters, digits and underscores, at most 255 characters");
        }

        return new MilvusAddress(server, database is DefaultDatabase ? null : database);
    }

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]{0,254}$", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex LegalName();
}
