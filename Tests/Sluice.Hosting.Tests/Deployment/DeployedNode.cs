using Sluice.Cluster;
using Sluice.Cluster.Joining;
using Sluice.Hosting.Cli;
using Sluice.Hosting.Configuration;

namespace Sluice.Hosting.Tests.Deployment;

/// <summary>A node as a deployment starts it.</summary>
/// <param name="Where">File and path, for messages.</param>
/// <param name="Arguments">Its command line.</param>
/// <param name="Environment">Its environment variables.</param>
/// <param name="ConfigFile">Its settings; null for none.</param>
/// <param name="Grace">How long it is given to leave.</param>
internal sealed record DeployedNode(string Where, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment, string? ConfigFile, TimeSpan Grace)
{
    /// <summary>The settings that count, found as the program finds them; fails when it would refuse command line, environment or file.</summary>
    public SluiceSettings Settings
    {
        get
        {
            var (root, options) = SluiceProgram.CreateRoot();
            var line = root.Parse([.. Arguments], new() { ResponseFileTokenReplacer = null });
            UsageErrors.Find(line, root).ShouldBeNull(Where);
            line.CommandResult.Command.Name.ShouldBe("node", Where);
            return ConfigurationLoader.Load(new ConfigurationSources
            {
                DefaultsFile = Repository.PathTo("akka.hocon"),
                ConfigFile = line.GetValue(options.Config) ?? ConfigFile,
                WorkingDirectory = Path.GetTempPath(),
                Environment = Environment,
                Overrides =
                [
                    .. (line.GetValue(options.Set) ?? []).Select(static text => new CommandLineSetting(text[..text.IndexOf('=', StringComparison.Ordinal)], text[(text.IndexOf('=', StringComparison.Ordinal) + 1)..], text)),
                    .. ((Verb)line.CommandResult.Command).Settings(line),
                ],
            });
        }
    }

    /// <summary>Its settings of the cluster.</summary>
    public ClusterOptions Cluster => Settings.Get<ClusterOptions>();

    /// <summary>Its name for other nodes.</summary>
    public string Address => $"{Cluster.Host}:{Cluster.Port}";

    /// <summary>What holds for every node wherever it is deployed.</summary>
    public void ShouldBeSound()
    {
        var schema = new OptionSchema(SluiceSections.All);
        foreach (var variable in Environment.Keys.Where(static name => name.StartsWith("SLUICE_", StringComparison.Ordinal)))
        {
            schema.FindByEnvironmentVariable(variable).ShouldNotBeNull($"{Where}: {variable} is no setting");
        }

        var cluster = Cluster;
        Cluster.Roles.ShouldBe(Sluice.Cluster.Nodes.NodeRoles.Read(cluster.Roles), Where);
        SeedFinder.ReadHostAndPort(cluster.Health, "health").ShouldBe(("0.0.0.0", 8080), $"{Where}: where the probes ask");
        cluster.Port.ShouldBe(4053, Where);
        cluster.Host.ShouldNotBe("127.0.0.1", $"{Where}: others could not reach it");
        (cluster.Seeds.Count > 0 || cluster.DnsName.Length > 0).ShouldBeTrue($"{Where}: it would form a cluster of its own");
        Settings.Get<SluiceOptions>().Ledger.ShouldStartWith("postgres://sluice@", Case.Sensitive, Where);
        Settings.Get<SluiceOptions>().Database.ShouldStartWith("pgvector://sluice@", Case.Sensitive, Where);

        // What it may take at worst: its own work, then its partitions, as ClusterConfiguration allows, then the engine's other phases.
        var leaving = (2 * cluster.DrainTimeout) + TimeSpan.FromSeconds(15) + TimeSpan.FromSeconds(10);
        Grace.ShouldBeGreaterThan(leaving, $"{Where}: it would be killed while it leaves");
    }
}
