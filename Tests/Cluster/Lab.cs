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
    private const string NodeUser = "lab_node";

    private readonly List<LabNode> _nodes = [];
    private readonly LabOptions _options;
    private readonly List<string> _seeds = [];
    private readonly List<PgvectorServer> _formerServers = [];
    private readonly string _database;
    private readonly string _secret;
    private int _passwords;

    private Lab(LabOptions options, PgvectorServer server, string database, LabNetwork? network)
    {
        _options = options;
        Server = server;
        Network = network;
        var postgres = new IPEndPoint(IPAddress.Loopback, server.Port);
        var here = network?.Gateway ?? IPAddress.Loopback;
        LedgerProxy = new TcpProxy(new IPEndPoint(here, 0), postgres);
        SinkProxy = new TcpProxy(new IPEndPoint(here, 0), postgres);
        _database = database[(database.LastIndexOf('/') + 1)..];
        _secret = Path.Combine(options.Folder, "password");
        var secret = options.WithPassword ? $"{NodeUser}@{{0}}/{_database}?password-file={Uri.EscapeDataString(_secret)}" : $"postgres@{{0}}/{_database}";
        NodeLedgerUri = "postgres://" + string.Format(CultureInfo.InvariantCulture, secret, LedgerProxy.Address);
        NodeSinkUri = "pgvector://" + string.Format(CultureInfo.InvariantCulture, secret, SinkProxy.Address);
    }

    /// <summary>The server that nodes use now.</summary>
    public PgvectorServer Server { get; private set; }

    public LabNetwork? Network { get; }

    public TcpProxy LedgerProxy { get; }

    public TcpProxy SinkProxy { get; }

    public string LedgerUri => $"postgres:{DatabaseAddress}";

    public string SinkUri => $"pgvector:{DatabaseAddress}";

    private string DatabaseAddress => string.Create(CultureInfo.InvariantCulture, $"//postgres@127.0.0.1:{Server.Port}/{_database}");

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
            var lab = new Lab(options, server, await server.CreateDatabaseAsync(), network);
            if (options.WithPassword)
            {
                await lab.RequirePasswordAsync();
            }

            return lab;
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

    /// <summary>Nodes need a password from now on; this program needs none.</summary>
    private async Task RequirePasswordAsync()
    {
        await PgvectorServer.ExecuteAsync(DatabaseAddress, $"CREATE USER {NodeUser} SUPERUSER");
        await ChangePasswordAsync();
        await TellPasswordAsync();
        await PgvectorServer.ExecuteAsync(
            DatabaseAddress,
            $"""
            DO $$ BEGIN
              EXECUTE format(
                'COPY (SELECT * FROM (VALUES (''host all {NodeUser} all scram-sha-256''), (''host all all 127.0.0.1/32 trust''), (''host replication all 127.0.0.1/32 trust'')) AS rules) TO %L',
                current_setting('hba_file'));
            END $$;
            SELECT pg_reload_conf()
            """);
    }

    /// <summary>Changes the nodes' password and ends their connections, as somebody who rotates it does; they do not know the new one yet.</summary>
    public async Task ChangePasswordAsync()
    {
        _passwords++;
        await PgvectorServer.ExecuteAsync(
            DatabaseAddress,
            string.Create(CultureInfo.InvariantCulture, $"ALTER USER {NodeUser} PASSWORD 'secret-{_passwords}'; SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = '{NodeUser}'"));
    }

    /// <summary>Puts the new password where nodes read it.</summary>
    public Task TellPasswordAsync() => File.WriteAllTextAsync(_secret, string.Create(CultureInfo.InvariantCulture, $"secret-{_passwords}\n"));

    /// <summary>A standby is cut off, work goes on for a while, the server ends hard, and the standby takes its place without what came last.</summary>
    /// <param name="lost">How much is taken back.</param>
    public async Task FailOverAsync(TimeSpan lost)
    {
        var standby = await Server.StartStandbyAsync();
        await standby.EndAsync();
        await Task.Delay(lost, TimeProvider.System);
        _formerServers.Add(Server);
        await Server.CrashAsync();
        await standby.RunAsync();
        await standby.PromoteAsync();
        Server = standby;
        var address = new IPEndPoint(IPAddress.Loopback, standby.Port);
        (LedgerProxy.Server, SinkProxy.Server) = (address, address);
    }

    /// <summary>The nodes that others join by.</summary>
    public IReadOnlyList<LabNode> Seeds => [.. _nodes.Take(_seeds.Count)];

    /// <summary>Locks the ledger's documents against everybody for a while, as a migration or a careless administrator does.</summary>
    public async Task LockLedgerAsync(TimeSpan time) => await PgvectorServer.ExecuteAsync(
        DatabaseAddress, string.Create(CultureInfo.InvariantCulture, $"BEGIN; LOCK TABLE ledger_documents, ledger_chunks IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep({time.TotalSeconds:0}); COMMIT"), time + time);

    /// <summary>Puts the tables of vectors aside, so that the database says that there is no such collection; or brings them back.</summary>
    public Task HideCollectionAsync(bool hide) => PgvectorServer.ExecuteAsync(
        DatabaseAddress,
        hide
            ? """
              CREATE SCHEMA lab_away;
              DO $$ DECLARE name regclass; BEGIN
                FOR name IN SELECT attrelid::regclass FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relkind = 'r' AND relpersistence = 'p' AND atttypid = 'vector'::regtype LOOP
                  EXECUTE format('ALTER TABLE %s SET SCHEMA lab_away', name);
                END LOOP;
              END $$
              """
            : """
              DO $$ DECLARE name text; BEGIN
                FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'lab_away' LOOP
                  EXECUTE format('ALTER TABLE lab_away.%I SET SCHEMA public', name);
                END LOOP;
              END $$;
              DROP SCHEMA lab_away
              """);

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
        foreach (var server in _formerServers)
        {
            await server.DisposeAsync();
        }
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

    /// <summary>Whether nodes need a password, which is in a file.</summary>
    public bool WithPassword { get; init; }

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
