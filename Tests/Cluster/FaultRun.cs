using System.Diagnostics;
using System.Globalization;
using Sluice.Streams.Ledger;
using Sluice.TestKit.Network;

namespace Sluice.ClusterRuns;

/// <summary>One job under many faults: nodes killed, stopped, divided; the database restarted, refusing, silent; all nodes killed at once.</summary>
internal sealed class FaultRun(Lab lab, long job, Random random, Action<string> tell)
{
    private static readonly TimeSpan s_away = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan s_ready = TimeSpan.FromSeconds(60);
    private readonly List<FaultRecord> _records = [];

    public IReadOnlyList<FaultRecord> Records => _records;

    /// <summary>The folder of documents; faults take it away and bring it back, so it is the run's own.</summary>
    public string Corpus { get; init; } = "";

    /// <summary>Does one fault and waits until the nodes are back; measures how long nothing was stored.</summary>
    public async Task DoAsync(string kind, TimeSpan quiet)
    {
        var before = await lab.CountAsync() ?? 0;
        var watch = Stopwatch.StartNew();
        using var stall = new StallWatch(lab, before);
        await ActAsync(kind);
        await ReviveAsync();
        await Task.Delay(quiet, TimeProvider.System);
        var record = new FaultRecord(_records.Count + 1, kind, watch.Elapsed, await stall.LongestAsync());
        _records.Add(record);
        tell(string.Create(CultureInfo.InvariantCulture, $"{record.Number,4}  {kind,-45} {record.Elapsed.TotalSeconds,6:0.0} s  longest pause {record.Stall.TotalSeconds,5:0.0} s"));
    }

    private async Task ActAsync(string kind)
    {
        switch (kind)
        {
            case "kill a parser": await KillAsync(Any("parse")); break;
            case "kill an embedder": await KillAsync(Any("embed")); break;
            case "kill an indexer": await KillAsync(Any("index")); break;
            case "kill the coordinator (singleton)": await KillAsync(Oldest("coordinate")); break;
            case "kill the oldest parser (shard coordinator)": await KillAsync(Oldest("parse")); break;
            case "stop 15 s, continue": await StopAsync(AnyNode(), TimeSpan.FromSeconds(15)); break;
            case "stop 3 s, continue": await StopAsync(AnyNode(), TimeSpan.FromSeconds(3)); break;
            case "divide 4 s, heal": await DivideAsync(TimeSpan.FromSeconds(4)); break;
            case "divide 15 s, heal": await DivideAsync(TimeSpan.FromSeconds(15)); break;
            case "restart PostgreSQL":
                await lab.Server.CrashAsync();
                await lab.Server.RunAsync();
                break;
            case "ledger refuses 5 s": await BreakAsync(lab.LedgerProxy, ProxyMode.Refuse, TimeSpan.FromSeconds(5)); break;
            case "ledger silent 20 s": await BreakAsync(lab.LedgerProxy, ProxyMode.Hang, TimeSpan.FromSeconds(20)); break;
            case "database answers errors 60 s":
                await lab.AnswerErrorsAsync(true);
                await Task.Delay(TimeSpan.FromSeconds(60), TimeProvider.System);
                await lab.AnswerErrorsAsync(false);
                break;
            case "database refuses 60 s": await BreakAsync(lab.SinkProxy, ProxyMode.Refuse, TimeSpan.FromSeconds(60)); break;
            case "database silent 60 s": await BreakAsync(lab.SinkProxy, ProxyMode.Hang, TimeSpan.FromSeconds(60)); break;
            case "mount gone on a parser 20 s":
                var blind = Any("parse");
                blind.Cover(Corpus, true);
                await Task.Delay(s_away, TimeProvider.System);
                blind.Cover(Corpus, false);
                break;
            case "root gone 20 s":
                Directory.Move(Corpus, Corpus + "-away");
                await Task.Delay(s_away, TimeProvider.System);
                Directory.Move(Corpus + "-away", Corpus);
                break;
            case "failover that takes commits back": await lab.FailOverAsync(TimeSpan.FromSeconds(10)); break;
            case "password changed 20 s":
                await lab.ChangePasswordAsync();
                await Task.Delay(s_away, TimeProvider.System);
                await lab.TellPasswordAsync();
                break;
            case "ledger locked 70 s": await lab.LockLedgerAsync(TimeSpan.FromSeconds(70)); break;
            case "no such collection 60 s":
                await lab.HideCollectionAsync(true);
                await Task.Delay(TimeSpan.FromSeconds(60), TimeProvider.System);
                await lab.HideCollectionAsync(false);
                break;
            case "kill all seed nodes": await KillAllAsync(lab.Seeds); break;
            case "kill all nodes": await KillAllAsync(lab.Nodes); break;
            default: throw new ArgumentException($"no fault '{kind}'", nameof(kind));
        }
    }

    private LabNode AnyNode() => lab.Nodes[random.Next(lab.Nodes.Count)];

    private LabNode Any(string role)
    {
        var nodes = With(role).ToList();
        return nodes[random.Next(nodes.Count)];
    }

    /// <summary>The node of a role that has been a member longest: singletons and the coordinator of shards are there.</summary>
    private LabNode Oldest(string role) => With(role).MinBy(static node => node.Since)!;

    private IEnumerable<LabNode> With(string role) => lab.Nodes.Where(node => node.Roles.Contains(role, StringComparer.Ordinal));

    private static Task KillAsync(LabNode node)
    {
        node.Signal("KILL");
        return node.EndedAsync(s_ready);
    }

    private static async Task KillAllAsync(IReadOnlyList<LabNode> nodes)
    {
        foreach (var node in nodes)
        {
            node.Signal("KILL");
        }

        foreach (var node in nodes)
        {
            await node.EndedAsync(s_ready);
        }
    }

    private static async Task StopAsync(LabNode node, TimeSpan time)
    {
        node.Signal("STOP");
        await Task.Delay(time, TimeProvider.System);
        node.Signal("CONT");
    }

    private async Task DivideAsync(TimeSpan time)
    {
        var hosts = lab.Nodes.Select(static node => node.Host).OrderBy(_ => random.Next()).ToList();
        var left = hosts.Take(random.Next(1, Math.Max(2, hosts.Count / 2))).ToList();
        var right = hosts.Except(left).ToList();
        lab.Network!.Divide(left, right);
        await Task.Delay(time, TimeProvider.System);
        lab.Network.Heal(left, right);
    }

    private static async Task BreakAsync(TcpProxy proxy, ProxyMode mode, TimeSpan time)
    {
        proxy.Set(mode);
        await Task.Delay(time, TimeProvider.System);
        proxy.Set(ProxyMode.Pass);
    }

    /// <summary>Starts again what has ended, as an orchestrator does.</summary>
    public async Task ReviveAsync()
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var ended = lab.Nodes.Where(static node => !node.Runs).ToList();
            if (ended.Count == 0)
            {
                return;
            }

            ended.ForEach(static node => node.Start());
            foreach (var node in ended)
            {
                try
                {
                    await node.ReadyAsync(s_ready);
                }
                catch (InvalidOperationException) when (watch.Elapsed < TimeSpan.FromMinutes(3))
                {
                    tell($"      node {node.Host} ended while joining (code {node.ExitCode}); started again");
                }
                catch (InvalidOperationException exception)
                {
                    throw new InvalidOperationException($"{exception.Message}\n{lab.Tail()}", exception);
                }
            }
        }
    }

    /// <summary>Watches how long nothing is stored.</summary>
    private sealed class StallWatch : IDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task<TimeSpan> _watching;

        public StallWatch(Lab lab, long start) => _watching = WatchAsync(lab, start);

        public async Task<TimeSpan> LongestAsync()
        {
            await _stop.CancelAsync();
            return await _watching;
        }

        public void Dispose() => _stop.Dispose();

        private async Task<TimeSpan> WatchAsync(Lab lab, long last)
        {
            var longest = TimeSpan.Zero;
            var watch = Stopwatch.StartNew();
            while (!_stop.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System, CancellationToken.None);
                if (await lab.CountAsync() is { } count && count != last)
                {
                    last = count;
                    longest = watch.Elapsed > longest ? watch.Elapsed : longest;
                    watch.Restart();
                }
            }

            return watch.Elapsed > longest ? watch.Elapsed : longest;
        }
    }

    /// <summary>Waits for the job's end, starting again what ends meanwhile.</summary>
    public async Task<JobRecord> EndAsync(TimeSpan longest)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var record = await lab.FindAsync(job);
            if (record.HasEnded || watch.Elapsed > longest)
            {
                return record;
            }

            await ReviveAsync();
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        }
    }
}

/// <summary>A fault that was done.</summary>
/// <param name="Number">Which, from 1.</param>
/// <param name="Kind">What.</param>
/// <param name="Elapsed">Until all nodes were back.</param>
/// <param name="Stall">Longest time in which nothing was stored.</param>
internal sealed record FaultRecord(int Number, string Kind, TimeSpan Elapsed, TimeSpan Stall);
