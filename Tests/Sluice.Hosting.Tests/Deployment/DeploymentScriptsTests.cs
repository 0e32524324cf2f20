using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Sluice.Cluster;
using Sluice.Cluster.Joining;
using Sluice.Hosting.Http;

namespace Sluice.Hosting.Tests.Deployment;

/// <summary>The scripts of deploy/, run.</summary>
public sealed class DeploymentScriptsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("health-check.sh")]
    [InlineData("postgres/password.sh")]
    [InlineData("tls/make-certificates.sh")]
    public async Task Script_IsWellFormedAndCanBeRun(string name)
    {
        var path = Repository.PathTo("deploy", name);
        (await RunAsync("bash", "-n", path)).ShouldBe((0, ""));
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(path).HasFlag(UnixFileMode.UserExecute).ShouldBeTrue();
        }
    }

    [Fact]
    public async Task HealthCheck_NodeThatHasNotJoined_LivesAndIsNotReady()
    {
        var port = FreePort();
        await using var server = await HealthServer.StartAsync($"127.0.0.1:{port}", static () => null, CancellationToken.None);
        var script = Repository.PathTo("deploy", "health-check.sh");

        (await RunAsync(script, "/healthz", $"{port}")).Code.ShouldBe(0);
        (await RunAsync(script, "/readyz", $"{port}")).Code.ShouldBe(1);
    }

    [Fact]
    public async Task HealthCheck_NothingListens_Fails() =>
        (await RunAsync(Repository.PathTo("deploy", "health-check.sh"), "/healthz", $"{FreePort()}")).Code.ShouldNotBe(0);

    [Fact]
    public async Task MakeCertificates_TwoNodes_ProveThemselvesToEachOther()
    {
        var script = Repository.PathTo("deploy", "tls", "make-certificates.sh");
        (await RunAsync(script, _folder.Path, "a.example")).Code.ShouldBe(0);
        (await RunAsync(script, _folder.Path, "10.0.0.7")).Code.ShouldBe(0); // Later, of the same authority.

        var (a, b) = (Read("a.example"), Read("10.0.0.7"));
        await ShakeHandsAsync(a, b);
        await ShakeHandsAsync(b, a);
    }

    [Theory]
    [InlineData]
    [InlineData("folder")]
    [InlineData("folder", "../a")]
    [InlineData("folder", "authority")]
    public async Task MakeCertificates_Mistake_SaysSo(params string[] arguments)
    {
        var (code, text) = await RunAsync(Repository.PathTo("deploy", "tls", "make-certificates.sh"), [.. arguments.Select((text, index) => index == 0 ? Path.Combine(_folder.Path, text) : text)]);
        code.ShouldBe(2);
        text.ShouldNotBeEmpty();
    }

    private X509Certificate2 Read(string name)
    {
        var setup = TlsSetup.Read(new TlsOptions { Certificate = Place($"{name}.pem"), Key = Place($"{name}.key"), Authority = Place("authority.pem") }).ShouldNotBeNull();
        setup.Certificate.HasPrivateKey.ShouldBeTrue();
        return setup.Certificate;
    }

    /// <summary>Both sides ask for the other's certificate and check it against the authority, as nodes do.</summary>
    private async Task ShakeHandsAsync(X509Certificate2 server, X509Certificate2 client)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var outgoing = new TcpClient();
        await outgoing.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using var incoming = await listener.AcceptTcpClientAsync();
        await using var there = new SslStream(incoming.GetStream());
        await using var here = new SslStream(outgoing.GetStream());
        await Task.WhenAll(
            there.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = server, ClientCertificateRequired = true, RemoteCertificateValidationCallback = IsTrusted }),
            here.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "node", ClientCertificates = [client], RemoteCertificateValidationCallback = IsTrusted }));
        (there.IsMutuallyAuthenticated, here.IsMutuallyAuthenticated).ShouldBe((true, true));
    }

    private bool IsTrusted(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificateFromFile(Place("authority.pem")));
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return certificate is X509Certificate2 other && own.Build(other);
    }

    private string Place(string name) => Path.Combine(_folder.Path, name);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<(int Code, string Text)> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }
}
