namespace Sluice.Cluster;

/// <summary>Encryption of what travels between nodes. Configured below <c>sluice.cluster.tls</c>. Nodes prove themselves to each other (mutual TLS).</summary>
public sealed class TlsOptions
{
    /// <summary>File with this node's certificate, PEM. Empty: no encryption.</summary>
    public string Certificate { get; set; } = "";

    /// <summary>File with its private key, PEM.</summary>
    public string Key { get; set; } = "";

    /// <summary>File with the certificates that the other nodes' ones must come from, PEM. Empty: the system's.</summary>
    public string Authority { get; set; } = "";
}
