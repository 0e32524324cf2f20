using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Cluster.Joining;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.TestKit.Files;
using Sluice.TestKit.Ledgers;

namespace Sluice.Cluster.Tests.Joining;

/// <summary>Nodes that prove themselves to each other with certificates from files.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Job_OverNodesOfOneAuthority_IsDone()
    {
        var ours = Make("ours");
        await using var cluster = new InProcessCluster { Tls = ours };
        cluster.WriteCorpus(10);
        await cluster.StartAsync("coordinate", "parse");
        await cluster.StartAsync("embed", "index");
        var record = await cluster.EndAsync(await cluster.SubmitAsync());
        record.State.ShouldBe(JobState.Done, record.Reason);
    }

    [Fact]
    public async Task Start_WithACertificateOfAnotherAuthority_IsNotLetIn()
    {
        await using var cluster = new InProcessCluster { Tls = Make("ours") };
        var node = await cluster.StartAsync("coordinate");
        await RefusedAsync(node, Make("theirs"), cluster.Ledger);
    }

    [Fact]
    public async Task Start_WithoutTls_IsNotLetIn()
    {
        await using var cluster = new InProcessCluster { Tls = Make("ours") };
        var node = await cluster.StartAsync("coordinate");
        await RefusedAsync(node, new TlsOptions(), cluster.Ledger);
    }

    private static async Task RefusedAsync(ClusterNode node, TlsOptions tls, ILedger ledger)
    {
        var seed = node.Address[(node.Address.IndexOf('@', StringComparison.Ordinal) + 1)..];
        var options = new ClusterOptions { Port = InProcessCluster.FreePort(), Seeds = [seed], JoinTimeout = TimeSpan.FromSeconds(3), Tls = tls };
        var parts = new ClusterNodeParts(options, InProcessCluster.ShippedEngine(), ledger, new MemoryJobStore(TimeProvider.System), new TestWorkshop("nowhere.db"), NullLoggerFactory.Instance, TimeProvider.System);
        var failure = await Should.ThrowAsync<ConfigurationException>(() => ClusterNode.StartAsync(parts, CancellationToken.None));
        failure.Message.ShouldContain($"{seed} accepts connections but answers to no cluster named 'sluice' (another name, another program, or TLS on one side only?)");
    }

    /// <summary>An authority, and a certificate from it.</summary>
    private TlsOptions Make(string name)
    {
        using var authorityKey = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name} authority", authorityKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        var now = TimeProvider.System.GetUtcNow();
        using var authority = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(10));
        using var key = RSA.Create(2048);
        var leaf = new CertificateRequest("CN=node", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        leaf.CertificateExtensions.Add(names.Build());
        using var certificate = leaf.Create(authority, now.AddDays(-1), now.AddDays(5), RandomNumberGenerator.GetBytes(8));
        return new TlsOptions
        {
            Certificate = _folder.Write(string.Create(CultureInfo.InvariantCulture, $"{name}.pem"), certificate.ExportCertificatePem()),
            Key = _folder.Write(string.Create(CultureInfo.InvariantCulture, $"{name}-key.pem"), key.ExportPkcs8PrivateKeyPem()),
            Authority = _folder.Write(string.Create(CultureInfo.InvariantCulture, $"{name}-ca.pem"), authority.ExportCertificatePem()),
        };
    }
}
