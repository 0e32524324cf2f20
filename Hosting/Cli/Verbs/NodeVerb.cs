using System.CommandLine;
using Microsoft.Extensions.Logging;
using Sluice.Cluster;
using Sluice.Cluster.Nodes;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;
using Sluice.Streams.Failures;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice node</c>: one node of a cluster.</summary>
internal sealed class NodeVerb : Verb
{
    private readonly Option<string?> _roles = new("--roles") { HelpName = "ROLES", Description = "What it does, with commas between: coordinate, parse, embed, index, api (sluice.cluster.roles)" };
    private readonly Option<string[]> _seed = new("--seed") { HelpName = "HOST:PORT", Description = "A node to join by; may be repeated. Without one, this node starts a cluster (sluice.cluster.seeds)" };
    private readonly Option<string?> _ledger = JobVerbs.Ledger();
    private readonly Option<string?> _host = new("--host") { HelpName = "HOST", Description = "Name or address that other nodes reach this one by (sluice.cluster.host)" };
    private readonly Option<string?> _port = new("--port") { HelpName = "PORT", Description = "Port for other nodes; 0 takes a free one (sluice.cluster.port)" };
    private readonly Option<string?> _dns = new("--seed-dns") { HelpName = "NAME:PORT", Description = "DNS name whose addresses are the nodes to join by (sluice.cluster.dns-name)" };
    private readonly Option<string?> _join = new("--join-timeout") { HelpName = "TIME", Description = "Longest try to join (sluice.cluster.join-timeout)" };
    private readonly Option<string?> _http = new("--http") { HelpName = "HOST:PORT", Description = "Answers there: the API and the dashboard on a node with the role api, /metrics on any (sluice.http.listen). Anything but loopback needs a token: SLUICE_API_TOKEN" };
    private readonly Option<string?> _health = new("--health") { HelpName = "HOST:PORT", Description = "Answers /healthz and /readyz there (sluice.cluster.health)" };

    public NodeVerb()
        : base("node", "Runs one node of a cluster, until it is stopped. SIGTERM and Ctrl-C let it finish or hand back what it has, and leave.")
    {
        Add(_roles);
        Add(_seed);
        Add(_ledger);
        Add(_host);
        Add(_port);
        Add(_dns);
        Add(_join);
        Add(_http);
        Add(_health);
    }

    public override LogLevel? DefaultLogLevel => LogLevel.Information;

    public override IReadOnlyList<(string Command, string Meaning)> Examples =>
    [
        ("sluice node --ledger postgres://sluice@db/sluice", "a cluster of one node that does everything"),
        ("sluice node --roles embed --seed 10.0.0.1:4053 --host 10.0.0.7 --ledger postgres://sluice@db/sluice", "an embedder that joins it"),
    ];

    public override IEnumerable<CommandLineSetting> Settings(ParseResult line) =>
    [
        .. line.GetValue(_roles) is { } roles ? [new("cluster.roles", "", $"option --roles {roles}", roles.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))] : Array.Empty<CommandLineSetting>(),
        .. Setting(line, _seed, "cluster.seeds"),
        .. Setting(line, _ledger, "ledger"),
        .. Setting(line, _host, "cluster.host"),
        .. Setting(line, _port, "cluster.port"),
        .. Setting(line, _dns, "cluster.dns-name"),
        .. Setting(line, _join, "cluster.join-timeout"),
        .. Setting(line, _http, "http.listen"),
        .. Setting(line, _health, "cluster.health"),
    ];

    public override async Task<int> RunAsync(VerbContext context)
    {
        var options = context.Settings.Get<ClusterOptions>();
        NodeRoles.Read(options.Roles);
        var cache = context.ModelCache;
        await using var node = await NodeComposition.StartAsync(
            context.Sources, context.Settings, JobVerbs.LedgerUri(context), cache, context.Loggers, context.Host.TimeProvider, decorate: null, context.Stop);
        await context.Out.WriteLineAsync($"ready: {node.Node.Address} as {string.Join(", ", options.Roles)}");
        if (node.HttpAddress is { } address)
        {
            await context.Out.WriteLineAsync($"http: {address}");
        }

        await context.Out.FlushAsync(context.Stop);
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (context.Stop.Register(stopped.SetResult))
        {
            if (await Task.WhenAny(node.Node.Ended, stopped.Task) == stopped.Task)
            {
                context.Note("leaving: what is under way is finished or handed back… (Ctrl-C once more ends at once)");
                await node.Node.LeaveAsync();
                return ExitCodes.Success;
            }
        }

        if (node.Node.WasDrained)
        {
            context.Note("left: it was asked to, over the API; what was under way is finished or handed back");
            return ExitCodes.Success;
        }

        if (node.Node.LostLedgerTo is { } words)
        {
            throw new LedgerHeldException(words);
        }

        throw new StorageException(node.Node.LostWayIn is { } gone ? gone : node.Node.WasDowned
            ? "The other nodes gave this one up: it did not answer them, or was in the smaller part of a divided network. It has stopped; what it had is done by the others. Start it again to join anew."
            : "The node has left the cluster: somebody asked it to.");
    }
}
