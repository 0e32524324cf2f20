using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Sluice.ClusterRuns;

/// <summary>
/// A network of its own inside this machine: one namespace a host, joined by a bridge. Hosts can be divided from each other with routes that lead nowhere. Needs root and
/// the <c>ip</c> program.
/// </summary>
internal sealed class LabNetwork : IDisposable
{
    private readonly string _bridge;
    private readonly int _net;
    private readonly List<int> _hosts = [];

    private LabNetwork(string bridge, int net)
    {
        _bridge = bridge;
        _net = net;
    }

    /// <summary>The address of this process's side of the bridge.</summary>
    public IPAddress Gateway => Address(1);

    /// <summary>Makes a network.</summary>
    /// <exception cref="InvalidOperationException">It cannot be made here.</exception>
    public static LabNetwork Create()
    {
        var net = Environment.ProcessId % 200 + 20;
        var network = new LabNetwork(string.Create(CultureInfo.InvariantCulture, $"slb{Environment.ProcessId % 100000}"), net);
        Ip($"link add {network._bridge} type bridge");
        Ip($"addr add {network.Gateway}/24 dev {network._bridge}");
        Ip($"link set {network._bridge} up");
        return network;
    }

    /// <summary>The address of a host, from 2.</summary>
    public IPAddress Address(int host) => new([10, 53, (byte)_net, (byte)host]);

    /// <summary>Adds a host.</summary>
    public void Add(int host)
    {
        var (space, inside, outside) = Names(host);
        Ip($"netns add {space}");
        _hosts.Add(host);
        Ip($"link add {outside} type veth peer name {inside}");
        Ip($"link set {inside} netns {space}");
        Ip($"link set {outside} master {_bridge}");
        Ip($"link set {outside} up");
        Ip($"-n {space} addr add {Address(host)}/24 dev {inside}");
        Ip($"-n {space} link set {inside} up");
        Ip($"-n {space} link set lo up");
    }

    /// <summary>What to put before a command so that it runs on a host.</summary>
    public string[] Prefix(int host) => ["ip", "netns", "exec", Names(host).Space];

    /// <summary>Divides hosts: nothing passes between the two sides. This process, with the database, stays with both.</summary>
    public void Divide(IReadOnlyCollection<int> left, IReadOnlyCollection<int> right) => Route("add", left, right);

    /// <summary>Ends a division.</summary>
    public void Heal(IReadOnlyCollection<int> left, IReadOnlyCollection<int> right) => Route("del", left, right);

    public void Dispose()
    {
        foreach (var host in _hosts)
        {
            Ip($"netns del {Names(host).Space}");
        }

        Ip($"link del {_bridge}");
    }

    private void Route(string verb, IReadOnlyCollection<int> left, IReadOnlyCollection<int> right)
    {
        foreach (var one in left)
        {
            foreach (var other in right)
            {
                Ip($"-n {Names(one).Space} route {verb} blackhole {Address(other)}/32");
                Ip($"-n {Names(other).Space} route {verb} blackhole {Address(one)}/32");
            }
        }
    }

    private (string Space, string Inside, string Outside) Names(int host)
    {
        var stem = string.Create(CultureInfo.InvariantCulture, $"{_bridge[3..]}n{host}");
        return ($"sluice-{stem}", $"i{stem}", $"o{stem}");
    }

    private static void Ip(string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true, UseShellExecute = false })
            ?? throw new InvalidOperationException("the program ip did not start");
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"ip {arguments}: {errors.Trim()}");
        }
    }
}
