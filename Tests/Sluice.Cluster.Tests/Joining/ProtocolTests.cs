using System.Globalization;
using Akka.Actor;
using Akka.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Cluster.Joining;
using Sluice.Streams.Ledger;
using Sluice.TestKit.Ledgers;

namespace Sluice.Cluster.Tests.Joining;

using ConfigurationException = Sluice.Streams.Failures.ConfigurationException;

/// <summary>Nodes that do not fit together are told so in words.</summary>
public sealed class ProtocolTests
{
    /// <summary>Of a later release, and of one that knows neither epochs nor roots of sources.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Start_IntoAClusterOfAnotherProtocol_SaysWhichAndLeaves(int protocol)
    {
        var port = InProcessCluster.FreePort();
        var options = new ClusterOptions { Port = port };
        var other = ActorSystem.Create("sluice", ConfigurationFactory.ParseString($"akka.cluster.roles = [parse, protocol-{protocol}]\nakka.loglevel = WARNING").WithFallback(ClusterConfiguration.Build(options, ["parse"])));
        try
        {
            var cluster = Akka.Cluster.Cluster.Get(other);
            await cluster.JoinAsync(cluster.SelfAddress);
            await using var ledger = Actors.Ledgers.Ledgers.Open("sqlite:" + Path.Combine(Directory.CreateTempSubdirectory().FullName, "l.db"), TimeProvider.System);
            var failure = await Should.ThrowAsync<ConfigurationException>(() => ClusterNode.StartAsync(Parts(new ClusterOptions { Port = InProcessCluster.FreePort(), Seeds = [Seed(port)] }, ledger), CancellationToken.None));
            failure.Message.ShouldContain("This node speaks protocol 2 and");
            failure.Message.ShouldContain($"speaks {protocol}");
            failure.Message.ShouldContain("Run the same release");
        }
        finally
        {
            await other.Terminate();
        }
    }

    [Fact]
    public async Task Start_WithASeedOfAnotherName_SaysThatNobodyAnswersToThatName()
    {
        await using var cluster = new InProcessCluster();
        var node = await cluster.StartAsync("coordinate");
        var port = int.Parse(node.Address[(node.Address.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);
        var failure = await Should.ThrowAsync<ConfigurationException>(() => ClusterNode.StartAsync(
            Parts(new ClusterOptions { Name = "sluise", Port = InProcessCluster.FreePort(), Seeds = [Seed(port)], JoinTimeout = TimeSpan.FromSeconds(3) }, cluster.Ledger), CancellationToken.None));
        failure.Message.ShouldContain("No node of the cluster 'sluise' let this one in within 3 s");
        failure.Message.ShouldContain($"{Seed(port)} accepts connections but answers to no cluster named 'sluise'");
    }

    [Fact]
    public async Task Start_WithASeedThatIsNotThere_SaysWhereItTried()
    {
        await using var cluster = new InProcessCluster();
        var port = InProcessCluster.FreePort();
        var failure = await Should.ThrowAsync<ConfigurationException>(() => ClusterNode.StartAsync(
            Parts(new ClusterOptions { Port = InProcessCluster.FreePort(), Seeds = [Seed(port)], JoinTimeout = TimeSpan.FromSeconds(2) }, cluster.Ledger), CancellationToken.None));
        failure.Message.ShouldContain($"{Seed(port)}: Connection refused");
    }

    [Fact]
    public async Task Start_OnATakenPort_SaysWhich()
    {
        await using var cluster = new InProcessCluster();
        var node = await cluster.StartAsync("coordinate");
        var port = int.Parse(node.Address[(node.Address.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);
        var failure = await Should.ThrowAsync<ConfigurationException>(() => ClusterNode.StartAsync(Parts(new ClusterOptions { Port = port }, cluster.Ledger), CancellationToken.None));
        failure.Message.ShouldContain($"The node cannot listen on 127.0.0.1:{port}: Address already in use");
    }

    private static string Seed(int port) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");

    private static ClusterNodeParts Parts(ClusterOptions options, ILedger ledger) => new(
        options, InProcessCluster.ShippedEngine(), ledger, new MemoryJobStore(TimeProvider.System), new TestWorkshop("nowhere.db"), NullLoggerFactory.Instance, TimeProvider.System);
}
