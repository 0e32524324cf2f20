using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sluice.Actors.Sinks.Http;

/// <summary>Makes the pools of connections to databases, for HTTP clients and for gRPC channels.</summary>
internal static class SinkHttpHandler
{
    /// <summary>Makes one. Certificates are always verified, against the system's authorities or those of the address alone; redirects are not followed; there are no cookies.</summary>
    /// <exception cref="Streams.Failures.ConfigurationException">The file of certificates cannot be read.</exception>
    public static SocketsHttpHandler Create(SinkAddress address, SinkHttpOptions options, int maxConnections)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.All,
            UseCookies = false,
            ConnectTimeout = options.ConnectTimeout,
            MaxConnectionsPerServer = maxConnections,
            EnableMultipleHttp2Connections = true,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            KeepAlivePingDelay = TimeSpan.FromSeconds(20),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(20),
        };
        if (address.RootCertificate is { } file)
        {
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = Trusting(file, address) };
        }

        return handler;
    }

    private static X509ChainPolicy Trusting(string file, SinkAddress address)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            policy.CustomTrustStore.ImportFromPemFile(file);
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw address.Wrong($"root-certificate={file} cannot be read: {exception.Message}");
        }

        return policy.CustomTrustStore.Count > 0 ? policy : throw address.Wrong($"root-certificate={file} holds no certificate in PEM form");
    }
}
