using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Akka.Remote.Transport.DotNetty;
using Sluice.Streams.Failures;

namespace Sluice.Cluster.Joining;

/// <summary>Mutual TLS between nodes, with certificates from PEM files.</summary>
internal static class TlsSetup
{
    /// <summary>Reads the files.</summary>
    /// <returns>The engine's setup; null when TLS is off.</returns>
    /// <exception cref="ConfigurationException">A file is missing or not what it should be; the message names it.</exception>
    public static DotNettySslSetup? Read(TlsOptions options)
    {
        if (options.Certificate.Length == 0)
        {
            return options.Key.Length == 0 && options.Authority.Length == 0
                ? null
                : throw new ConfigurationException("sluice.cluster.tls has a key or an authority but no certificate; set sluice.cluster.tls.certificate too, or none of them.");
        }

        if (options.Key.Length == 0)
        {
            throw new ConfigurationException("sluice.cluster.tls.certificate is set and sluice.cluster.tls.key is not; both are needed.");
        }

        var certificate = ReadCertificate(options);
        if (options.Authority.Length == 0)
        {
            return new DotNettySslSetup(certificate, suppressValidation: false, requireMutualAuthentication: true, validateCertificateHostname: false);
        }

        var authorities = ReadAuthorities(options.Authority);
        return new DotNettySslSetup(
            certificate,
            suppressValidation: false,
            requireMutualAuthentication: true,
            customValidator: (other, _, _, _, _) => other is not null && IsTrusted(other, authorities));
    }

    private static bool IsTrusted(X509Certificate2 certificate, X509Certificate2Collection authorities)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck; // A private authority publishes no revocation lists; replace it to revoke.
        return chain.Build(certificate);
    }

    private static X509Certificate2 ReadCertificate(TlsOptions options)
    {
        try
        {
            using var pem = X509Certificate2.CreateFromPemFile(options.Certificate, options.Key);
            return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ConfigurationException($"The certificate '{options.Certificate}' with the key '{options.Key}' cannot be used (PEM, unencrypted key): {exception.Message}", exception);
        }
    }

    private static X509Certificate2Collection ReadAuthorities(string file)
    {
        try
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(file);
            return authorities.Count > 0 ? authorities : throw new ConfigurationException($"'{file}' holds no certificate in PEM form.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ConfigurationException($"The authority '{file}' cannot be read: {exception.Message}", exception);
        }
    }
}
