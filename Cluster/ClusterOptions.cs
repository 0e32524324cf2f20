using System.ComponentModel.DataAnnotations;

namespace Sluice.Cluster;

/// <summary>Settings of nodes of a cluster. Configured below <c>sluice.cluster</c>.</summary>
public sealed class ClusterOptions
{
    /// <summary>Name of the cluster; all nodes have the same. Letters, digits and hyphens. Default "sluice".</summary>
    [Required]
    [RegularExpression("[A-Za-z][A-Za-z0-9-]{0,63}")]
    public string Name { get; set; } = "sluice";

    /// <summary>What the node does: coordinate, parse, embed, index, api. Default: all.</summary>
    public IReadOnlyList<string> Roles { get; set; } = ["coordinate", "parse", "embed", "index", "api"];

    /// <summary>Host name or address that other nodes reach this one by. Default 127.0.0.1.</summary>
    [Required]
    public string Host { get; set; } = "127.0.0.1";

    /// <summary>Port for other nodes; 0 takes a free one. Default 4053; 0 to 65,535.</summary>
    [Range(0, 65_535)]
    public int Port { get; set; } = 4053;

    /// <summary>Address to listen on. Empty: the host's.</summary>
    public string BindHost { get; set; } = "";

    /// <summary>Nodes to join by, as host:port; the first one may start a cluster. Empty: this node starts one.</summary>
    public IReadOnlyList<string> Seeds { get; set; } = [];

    /// <summary>DNS name whose addresses are the nodes to join by, with the port after a colon. Empty: none.</summary>
    public string DnsName { get; set; } = "";

    /// <summary>Addresses the DNS name must have before a cluster is started. Default 1; 1 to 1,000.</summary>
    [Range(1, 1_000)]
    public int DnsContacts { get; set; } = 1;

    /// <summary>Longest try to join before the node gives up. Default 8 seconds; 1 second to 1 day.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan JoinTimeout { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>Groups that may be on their way from one node to another. Default 16; 1 to 4,096.</summary>
    [Range(1, 4_096)]
    public int ExchangeBuffer { get; set; } = 16;

    /// <summary>Longest that a leaving node waits for work under way. Default 20 seconds; 1 second to 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Address and port of the health checks (/healthz, /readyz) as host:port. Empty: none.</summary>
    public string Health { get; set; } = "";

    /// <summary>Encryption of what travels between nodes.</summary>
    public TlsOptions Tls { get; set; } = new();
}
