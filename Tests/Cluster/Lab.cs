using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Sluice.Actors.Ledgers;
using Sluice.Actors.Sinks;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Network;
using Sluice.TestKit.Postgres;

namespace Sluice.ClusterRuns;

/// <summary>
/// A whole cluster on this machine: a PostgreSQL with pgvector for ledger and vectors, each behind a proxy of its own, and nodes in processes of their own, each in a
/// network namespace of its own where that can be had.
/// </summary>
internal sealed class Lab : IAsyncDisposable
{
    private readonly List<LabNode> _nodes = [];
    private readonly LabOptions _options;
    private readonly List<string> _seeds = [];

    private Lab(LabOptions options, PgvectorServer server, string database, LabNetwork? network)
    {
        _options = options;
        Server = server;
        Network = network;
        var postgres = new IPEndPoint(IPAddress.Loopback, server.Port);
        var here = network?.Gateway ?? IPAddress.Loopback;
        LedgerProxy = new TcpProxy(new IPEndPoint(here, 0), postgres);
        SinkProxy = new TcpProxy(new IPEndPoint(here, 0), postgres);
        var name = database[(database.LastIndexOf('/') + 1)..];
        LedgerUri = $"postgres://postgres@127.0.0.1:{server.Port}/{name}";
        SinkUri = $"pgvector://postgres@127.0.0.1:{server.Port}/{name}";
        NodeLedgerUri = $"postgres://postgres@{LedgerProxy.Address}/{name}";
        NodeSinkUri = $"pgvector://postgres@{SinkProxy.Address}/{name}";
    }

    public PgvectorServer Server { get; }

    public LabNetwork? Network { get; }

    public TcpProxy LedgerProxy { get; }

    public TcpProxy SinkProxy { get; }

    public string LedgerUri { get; }

    public string SinkUri { get; }

    public string NodeLedgerUri { get; }

    public string NodeSinkUri { get; }

    public IReadOnlyList<LabNode> Nodes => _nodes;

    public static async Task<Lab> CreateAsync(LabOptions options)
    {
        Directory.CreateDirectory(options.Folder);
        File.Delete(Path.Combine(options.Folder, LatencyModel.HurryFile));
        var server = await PgvectorServer.StartOwnAsync();
        LabNetwork? network = null;
        try
        {
            network = options.WithNetwork ? LabNetwork.Create() : null;
            return new Lab(options, server, await server.CreateDatabaseAsync(), network);
        }
        catch
        {
            network?.Dispose();
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Adds a node and starts it.</summary>
    public async Task<LabNode> AddAsync(params string[] roles)
    {
        var number = _nodes.Count + 2;
        Network?.Add(number);
        var host = (Network?.Address(number) ?? IPAddress.Loopback).ToString();
        var port = Network is null ? FreePort() : 4053;
        if (_seeds.Count < 3)
        {
            _seeds.Add(string.Create(CultureInfo.InvariantCulture, $"{host}:{port}"));
        }

        var node = new LabNode(number, roles, () => Command(number, host, port, roles), Path.Combine(_options.Folder, $"node-{number}.log"));
        _nodes.Add(node);
        node.Start();
        await node.ReadyAsync(TimeSpan.FromSeconds(60));
        return node;
    }

    /// <summary>Adds many nodes at once, after the first.</summary>
    public async Task AddAllAsync(IEnumerable<string[]> roles)
    {
        foreach (var one in roles)
        {
            await AddAsync(one);
        }
    }

    public async Task<long> SubmitAsync(IReadOnlyList<string> sources, string settings, int weight = 10)
    {
        await using var jobs = JobStores.Open(LedgerUri, TimeProvider.System);
        await jobs.InitializeAsync(CancellationToken.None);
        return await jobs.SubmitAsync(new JobSubmission("lab", sources, $"sluice.database = \"{NodeSinkUri}{_options.SinkQuery}\"\n{settings}", weight), CancellationToken.None);
    }

    public async Task<JobRecord> FindAsync(long job)
    {
        await using var jobs = JobStores.Open(LedgerUri, TimeProvider.System);
        return await jobs.FindAsync(job, CancellationToken.None) ?? throw new InvalidOperationException($"no job {job}");
    }

    /// <summary>Every chunk in the database: document and chunk id.</summary>
    public async Task<HashSet<StoredChunkId>> StoredAsync()
    {
        await using var sink = VectorSinks.Open(SinkUri, new SinkOptions(), TimeProvider.System);
        var stored = new HashSet<StoredChunkId>();
        await foreach (var page in sink.ListIdsAsync(null, CancellationToken.None))
        {
            stored.UnionWith(page);
        }

        return stored;
    }

    /// <summary>How many chunks the database holds; null while it does not answer.</summary>
    public async Task<long?> CountAsync()
    {
        try
        {
            await using var sink = VectorSinks.Open(SinkUri, new SinkOptions(), TimeProvider.System);
            return await sink.CountAsync(CancellationToken.None);
        }
        catch (Exception exception) when (exception is Streams.Failures.SluiceException or NpgsqlException or SocketException)
        {
            return null;
        }
    }

    /// <summary>Makes the database answer each write of a chunk with an error that may pass (its disk is full), or ends that.</summary>
    public Task AnswerErrorsAsync(bool errors) => PgvectorServer.ExecuteAsync(
        SinkUri[(SinkUri.IndexOf(':', StringComparison.Ordinal) + 1)..],
        errors
            ? """
              CREATE FUNCTION lab_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'disk full, as the fault run wants it' USING ERRCODE = '53100'; END $$;
              DO $$ DECLARE name regclass; BEGIN
                FOR name IN SELECT attrelid::regclass FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relkind = 'r' AND relpersistence = 'p' AND atttypid = 'vector'::regtype LOOP
                  EXECUTE format('CREATE TRIGGER lab_refuse BEFORE INSERT OR UPDATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION lab_refuse()', name);
                END LOOP;
              END $$
              """
            : "DROP FUNCTION lab_refuse() CASCADE");

    /// <summary>From now on batches take no time: ends a run of which nothing more is wanted.</summary>
    public void Hurry() => File.WriteAllText(Path.Combine(_options.Folder, LatencyModel.HurryFile), "");

    /// <summary>A node's log.</summary>
    public string LogFile(int host) => Path.Combine(_options.Folder, $"node-{host}.log");

    /// <summary>The ends of the nodes' logs, for a message.</summary>
    public string Tail() => string.Join('\n', Directory.GetFiles(_options.Folder, "node-*.log").Order(StringComparer.Ordinal)
        .Select(static file => $"{Path.GetFileName(file)}:\n{string.Join('\n', File.ReadLines(file).TakeLast(15))}"));

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        await LedgerProxy.DisposeAsync();
        await SinkProxy.DisposeAsync();
        Network?.Dispose();
        await Server.DisposeAsync();
    }

    private ProcessStartInfo Command(int number, string host, int port, string[] roles)
    {
        string[] prefix = Network?.Prefix(number) ?? [];
        var seeds = $"[{string.Join(", ", _seeds.Select(static seed => $"\"{seed}\""))}]";
        string[] settings =
        [
            $"ledger={NodeLedgerUri}",
            $"cluster.host={host}",
            string.Create(CultureInfo.InvariantCulture, $"cluster.port={port}"),
            $"cluster.seeds={seeds}",
            $"cluster.roles=[{string.Join(", ", roles)}]",
            "cluster.join-timeout=40s",
            .. _options.HttpListen is { } listen && roles.Contains("api", StringComparer.Ordinal) ? [$"http.listen={listen}"] : Array.Empty<string>(),
            .. _options.NodeSettings,
        ];
        string[] line = _options.Program is { } program
            ? [.. prefix, program, "node", .. settings.SelectMany(static setting => new[] { "--set", setting })]
            : [.. prefix, Path.Combine(AppContext.BaseDirectory, "Sluice.ClusterRuns"), "node", _options.Folder, _options.LatencyMs.ToString(CultureInfo.InvariantCulture), _options.Rows.ToString(CultureInfo.InvariantCulture), .. settings];
        var start = new ProcessStartInfo(line[0]) { WorkingDirectory = _options.Folder };
        foreach (var argument in line.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in _options.Environment)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}

/// <summary>What a lab is made of.</summary>
/// <param name="Folder">Logs and caches.</param>
internal sealed record LabOptions(string Folder)
{
    /// <summary>Whether each node has a network namespace of its own.</summary>
    public bool WithNetwork { get; init; }

    /// <summary>The program for nodes; null for this one, with a model that only takes time.</summary>
    public string? Program { get; init; }

    /// <summary>Time a batch takes.</summary>
    public int LatencyMs { get; init; } = 100;

    /// <summary>Vectors a text has; 0 for a dense one.</summary>
    public int Rows { get; init; }

    /// <summary>Parameters of the database's address, from the question mark on.</summary>
    public string SinkQuery { get; init; } = "";

    /// <summary>Where nodes with the role api answer, as host:port; null for nowhere.</summary>
    public string? HttpListen { get; init; }

    /// <summary>More settings of nodes.</summary>
    public IReadOnlyList<string> NodeSettings { get; init; } = [];

    /// <summary>Environment of nodes.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}
