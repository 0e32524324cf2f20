using System.Net.NetworkInformation;

namespace Sluice.Hosting.Http;

/// <summary>The addresses of this machine, as they stand in URLs.</summary>
internal static class LocalAddresses
{
    /// <summary>Reads them.</summary>
    /// <returns>Addresses without zones, and the machine's name.</returns>
    public static IEnumerable<string> Read() => NetworkInterface.GetAllNetworkInterfaces()
        .SelectMany(static card => card.GetIPProperties().UnicastAddresses)
        .Select(static address => address.Address.ToString().Split('%')[0])
        .Append(Environment.MachineName);
}
