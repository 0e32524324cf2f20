using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Sluice.Streams.Failures;

namespace Sluice.Cluster.Joining;

/// <summary>Finds the nodes to join by: a fixed list, or the addresses of a DNS name.</summary>
internal sealed class SeedFinder(ClusterOptions options, string scheme, TimeProvider time)
{
    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(1);

    /// <summary>Reads host:port.</summary>
    /// <exception cref="ConfigurationException">It is not that.</exception>
    public static (string Host, int Port) ReadHostAndPort(string text, string setting)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && int.TryParse(text.AsSpan(colon + 1), CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65_536
            ? (text[..colon].Trim('[', ']'), port)
            : throw new ConfigurationException($"{setting} {text} is not host:port, for example 10.0.0.5:4053.");
    }

    /// <summary>Finds them; empty when this node starts a cluster by itself.</summary>
    /// <exception cref="ConfigurationException">The list is malformed, or the DNS name has no addresses in time.</exception>
    public async Task<IReadOnlyList<Address>> FindAsync(CancellationToken cancellationToken)
    {
        var seeds = options.Seeds.Select(seed => ToAddress(ReadHostAndPort(seed, "--seed"))).ToList();
        if (options.DnsName.Length > 0)
        {
            seeds.AddRange(await ResolveAsync(cancellationToken));
        }

        return seeds;
    }

    /// <summary>The name's addresses, in an order that all nodes agree on, once there are enough of them and they stay the same for a moment.</summary>
    private async Task<IEnumerable<Address>> ResolveAsync(CancellationToken cancellationToken)
    {
        var (name, port) = ReadHostAndPort(options.DnsName, "sluice.cluster.dns-name");
        var start = time.GetTimestamp();
        string[] last = [];
        while (true)
        {
            string[] now = [];
            var problem = "it has no addresses";
            try
            {
                now = [.. (await Dns.GetHostAddressesAsync(name, AddressFamily.InterNetwork, cancellationToken)).Select(static address => address.ToString()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
                problem = $"it has {now.Length} addresses and sluice.cluster.dns-contacts asks for {options.DnsContacts}";
            }
            catch (SocketException exception)
            {
                problem = exception.Message;
            }

            if (now.Length >= options.DnsContacts && now.SequenceEqual(last, StringComparer.Ordinal))
            {
                return now.Select(address => ToAddress((address, port)));
            }

            if (time.GetElapsedTime(start) > options.JoinTimeout)
            {
                throw new ConfigurationException($"The DNS name {name} does not give the nodes to join by: {problem}.");
            }

            last = now;
            await Task.Delay(s_settle, time, cancellationToken);
        }
    }

    private Address ToAddress((string Host, int Port) seed) => new(scheme, options.Name, seed.Host, seed.Port);

    /// <summary>Why nobody let this node in, in words: what each address does when one connects to it.</summary>
    public async Task<string> ExplainAsync(IReadOnlyList<Address> seeds, CancellationToken cancellationToken)
    {
        var words = new List<string>();
        foreach (var seed in seeds)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(TimeSpan.FromMilliseconds(500));
            try
            {
                await socket.ConnectAsync(seed.Host, seed.Port ?? 0, limit.Token);
                words.Add($"{seed.Host}:{seed.Port} accepts connections but answers to no cluster named '{options.Name}' (another name, another program, or TLS on one side only?)");
            }
            catch (SocketException exception)
            {
                words.Add($"{seed.Host}:{seed.Port}: {exception.Message}");
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                words.Add($"{seed.Host}:{seed.Port} does not answer");
            }
        }

        return string.Join("; ", words);
    }
}
