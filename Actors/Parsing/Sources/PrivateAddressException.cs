namespace Sluice.Actors.Parsing.Sources;

/// <summary>A host name led to no public address.</summary>
/// <param name="host">The host.</param>
internal sealed class PrivateAddressException(string host) : IOException($"{host} leads to a private, loopback or link-local address")
{
    public string Host { get; } = host;
}
