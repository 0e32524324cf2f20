using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Actors.Ledgers;
using Sluice.Cluster.Joining;
using Sluice.Streams.Ledger;
using Sluice.TestKit.Files;
using Sluice.TestKit.Ledgers;

namespace Sluice.Cluster.Tests;

/// <summary>Several nodes in this process: real remoting on loopback, one ledger and one job store between them.</summary>
internal sealed class InProcessCluster : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<ClusterNode> _nodes = [];
    private readonly ILedger _ledger;
    private int _seed;

    public InProcessCluster()
    {
        Corpus = Directory.CreateDirectory(_folder.Combine("corpus")).FullName;
        Database = _folder.Combine("vectors.db");
        _ledger = Ledgers.Open("sqlite:" + _folder.Combine("ledger.db"), TimeProvider.System);
        Workshop = new TestWorkshop(Database);
    }

    public string Corpus { get; }

    public string Database { get; }

    public TestWorkshop Workshop { get; set; }

    public MemoryJobStore Jobs { get; } = new(TimeProvider.System);

    public ILedger Ledger => _ledger;

    public IReadOnlyList<ClusterNode> Nodes => _nodes;

    public TlsOptions Tls { get; init; } = new();

    public ILoggerFactory Loggers { get; set; } = NullLoggerFactory.Instance;

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public void WriteCorpus(int documents)
    {
        for (var index = 0; index < documents; index++)
        {
            var text = string.Join("\n\n", Enumerable.Range(0, 5).Select(part => string.Create(CultureInfo.InvariantCulture, $"## Part {part}\n\nParagraph {part} of document {index} speaks of rivers, locks, weirs and mills number {index * 31 % 97}.")));
            File.WriteAllText(Path.Combine(Corpus, string.Create(CultureInfo.InvariantCulture, $"d{index:0000}.md")), $"# Document {index}\n\n{text}\n");
        }
    }

    public async Task<ClusterNode> StartAsync(params string[] roles)
    {
        await _ledger.InitializeAsync(CancellationToken.None);
        var port = FreePort();
        _seed = _seed == 0 ? port : _seed;
        var options = new ClusterOptions
        {
            Roles = roles,
            Port = port,
            Seeds = [string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_seed}")],
            JoinTimeout = TimeSpan.FromSeconds(30),
            DrainTimeout = TimeSpan.FromSeconds(30),
            Tls = Tls,
        };
        var parts = new ClusterNodeParts(options, ShippedEngine(), _ledger, Jobs, Workshop, Loggers, TimeProvider.System);
        var node = await ClusterNode.StartAsync(parts, CancellationToken.None);
        _nodes.Add(node);
        return node;
    }

    public Task<long> SubmitAsync() => Jobs.SubmitAsync(new JobSubmission("test", [Corpus], "", 10), CancellationToken.None);

    /// <summary>Waits until a job has ended.</summary>
    public async Task<JobRecord> EndAsync(long job, TimeSpan? longest = null)
    {
        using var limit = new CancellationTokenSource(longest ?? TimeSpan.FromMinutes(2));
        while (true)
        {
            var record = (await Jobs.FindAsync(job, CancellationToken.None))!;
            if (record.HasEnded)
            {
                return record;
            }

            if (limit.IsCancellationRequested)
            {
                throw new TimeoutException($"job {job} has not ended: {record.State}, {record.Progress}");
            }

            await Jobs.WaitForNewsAsync(TimeSpan.FromMilliseconds(100), CancellationToken.None);
        }
    }

    /// <summary>The chunks in the database, by document.</summary>
    public async Task<IReadOnlyList<string>> StoredAsync()
    {
        await using var sink = Workshop.OpenSink();
        var ids = new List<string>();
        await foreach (var page in sink.ListIdsAsync(null, CancellationToken.None))
        {
            ids.AddRange(page.Select(static stored => $"{stored.Document}/{stored.Chunk}"));
        }

        ids.Sort(StringComparer.Ordinal);
        return ids;
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_nodes.Select(static node => node.DisposeAsync().AsTask()));
        await _ledger.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Akka.NET's part of the shipped configuration.</summary>
    public static string ShippedEngine()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "akka.hocon")))
            {
                var text = File.ReadAllText(Path.Combine(folder, "akka.hocon"));
                return text[text.IndexOf("\nakka {", StringComparison.Ordinal)..];
            }
        }

        throw new FileNotFoundException("akka.hocon");
    }
}
