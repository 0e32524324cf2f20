using Akka.Cluster;
using Sluice.Streams.Failures;

namespace Sluice.Cluster.Nodes;

/// <summary>What a node does in a cluster. Any set of roles; each may be on any number of nodes.</summary>
public static class NodeRoles
{
    /// <summary>May run the jobs: walks sources, keeps partitions started. One of these nodes does at a time.</summary>
    public const string Coordinate = "coordinate";

    /// <summary>Owns partitions: reads, parses, chunks and tokenizes documents.</summary>
    public const string Parse = "parse";

    /// <summary>Embeds chunks.</summary>
    public const string Embed = "embed";

    /// <summary>Writes vectors to databases.</summary>
    public const string Index = "index";

    /// <summary>Answers people and programs over HTTP.</summary>
    public const string Api = "api";

    private const string ProtocolPrefix = "protocol-";

    /// <summary>All roles.</summary>
    public static IReadOnlyList<string> All { get; } = [Coordinate, Parse, Embed, Index, Api];

    /// <summary>Reads roles.</summary>
    /// <param name="roles">Names.</param>
    /// <returns>Them, each once.</returns>
    /// <exception cref="ConfigurationException">One is not known, or there is none.</exception>
    public static IReadOnlyList<string> Read(IEnumerable<string> roles)
    {
        ArgumentNullException.ThrowIfNull(roles);
        var known = new List<string>();
        foreach (var role in roles)
        {
            var name = role.Trim();
            if (!All.Contains(name, StringComparer.Ordinal))
            {
                throw new ConfigurationException($"'{name}' is no role of a node. Roles are: {string.Join(", ", All)}.");
            }

            if (!known.Contains(name, StringComparer.Ordinal))
            {
                known.Add(name);
            }
        }

        return known.Count > 0 ? known : throw new ConfigurationException($"A node needs at least one role: --roles {string.Join(',', All)}");
    }

    /// <summary>The member role that tells which protocol a node speaks.</summary>
    internal static string OfProtocol(uint version) => ProtocolPrefix + version.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Whether a member speaks this program's protocol.</summary>
    internal static bool SpeaksOurs(Member member) => member.HasRole(OfProtocol(Wire.WireFormat.Version));

    /// <summary>The protocol a member speaks; 0 when it does not tell.</summary>
    internal static uint ProtocolOf(Member member)
    {
        foreach (var role in member.Roles)
        {
            if (role.StartsWith(ProtocolPrefix, StringComparison.Ordinal) && uint.TryParse(role.AsSpan(ProtocolPrefix.Length), System.Globalization.CultureInfo.InvariantCulture, out var version))
            {
                return version;
            }
        }

        return 0;
    }
}
