using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Sluice.TestKit.Postgres;

/// <summary>
/// A PostgreSQL server with pgvector on a free loopback port, with a data folder of its own that goes away with it. It is the installed one where that has pgvector,
/// else the one that <c>.ci/pgvector-server.sh</c> unpacked. A server named by SLUICE_TEST_PGVECTOR (a <c>postgres://</c> URI) is used instead where that is set.
/// </summary>
public sealed class PgvectorServer : IAsyncDisposable
{
    private const string Variable = "SLUICE_TEST_PGVECTOR";

    private static readonly string s_advice =
        $"Run .ci/pgvector-server.sh (on Debian as root), or install PostgreSQL with pgvector, or name a server: {Variable}=postgres://USER:PASSWORD@HOST:PORT/DATABASE.";

    private readonly PgvectorInstallation? _installation;
    private readonly string _data = "";
    private readonly ConcurrentQueue<string> _databases = new();
    private Process? _process;

    private PgvectorServer(string address) => Address = address;

    private PgvectorServer(PgvectorInstallation installation, string data, int port)
    {
        _installation = installation;
        _data = data;
        Port = port;
        Address = string.Create(CultureInfo.InvariantCulture, $"//postgres@127.0.0.1:{port}/postgres");
    }

    /// <summary>The address of its first database as a superuser, behind the scheme: <c>//USER@HOST:PORT/DATABASE</c>.</summary>
    public string Address { get; }

    /// <summary>Its port; 0 for a server that was named.</summary>
    public int Port { get; }

    /// <summary>Starts a server.</summary>
    /// <exception cref="InvalidOperationException">There is none to start; the message says what to do.</exception>
    public static async Task<PgvectorServer> StartAsync()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
        {
            return new PgvectorServer(named[(named.IndexOf(':', StringComparison.Ordinal) + 1)..]);
        }

        return await StartOwnAsync();
    }

    /// <summary>Starts a server whatever the variable says, for tests that stop it or make users in it.</summary>
    /// <exception cref="InvalidOperationException">There is none to start; the message says what to do.</exception>
    public static async Task<PgvectorServer> StartOwnAsync()
    {
        var installation = PgvectorInstallation.Find() ?? throw new InvalidOperationException("There is no PostgreSQL with pgvector for this test. " + s_advice);
        for (var attempt = 1; ; attempt++)
        {
            var server = new PgvectorServer(installation, await installation.CreateDataAsync(), FreePort());
            try
            {
                await server.RunAsync();
                return server;
            }
            catch (InvalidOperationException) when (attempt < 3)
            {
                await server.DisposeAsync(); // Somebody else took the port.
            }
        }
    }

    /// <summary>Starts a server that follows this one, read-only, on a port of its own.</summary>
    /// <remarks>Stopped, it falls behind; promoted after this one has ended, it takes back what came since.</remarks>
    public async Task<PgvectorServer> StartStandbyAsync()
    {
        var installation = _installation ?? throw new InvalidOperationException($"The server named by {Variable} is not this test's to copy.");
        var standby = new PgvectorServer(installation, await installation.CopyDataAsync(Port), FreePort());
        await standby.RunAsync();
        return standby;
    }

    /// <summary>Makes a standby the server that may be written.</summary>
    public Task PromoteAsync() => ExecuteAsync(Address, "SELECT pg_promote(true, 60)");

    /// <summary>Makes a database with pgvector in it, for one test.</summary>
    /// <param name="withExtension">Whether pgvector is to be in it.</param>
    /// <returns>Its address behind the scheme.</returns>
    public async Task<string> CreateDatabaseAsync(bool withExtension = true)
    {
        var name = $"t{Guid.NewGuid():N}";
        await ExecuteAsync(Address, $"CREATE DATABASE {name}");
        _databases.Enqueue(name);
        var query = Address.IndexOf('?', StringComparison.Ordinal) is var mark and >= 0 ? mark : Address.Length;
        var slash = Address.LastIndexOf('/', query - 1);
        var database = Address[..(slash + 1)] + name + Address[query..];
        if (withExtension)
        {
            await ExecuteAsync(database, "CREATE EXTENSION vector");
        }

        return database;
    }

    /// <summary>Runs statements in a database.</summary>
    public static Task<object?> ExecuteAsync(string address, string sql) => ExecuteAsync(address, sql, TimeSpan.FromSeconds(30));

    /// <summary>Runs statements in a database, which may take their time.</summary>
    public static async Task<object?> ExecuteAsync(string address, string sql, TimeSpan limit)
    {
        await using var connection = new NpgsqlConnection(ConnectionString(address));
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = (int)limit.TotalSeconds;
        return await command.ExecuteScalarAsync();
    }

    /// <summary>What Npgsql calls an address of this class; without a pool, so that nothing is left open.</summary>
    public static string ConnectionString(string address)
    {
        var uri = new Uri("postgres:" + address);
        var user = uri.UserInfo.Split(':', 2);
        return new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host,
            Port = uri.Port > 0 ? uri.Port : 5432,
            Username = Uri.UnescapeDataString(user[0]),
            Password = user.Length > 1 ? Uri.UnescapeDataString(user[1]) : null,
            Database = Uri.UnescapeDataString(uri.AbsolutePath.Trim('/')),
            Pooling = false,
        }.ConnectionString;
    }

    /// <summary>Stops the server at once, as a crash does, and waits until it is gone. The data stay.</summary>
    public Task CrashAsync() => StopAsync("QUIT");

    /// <summary>Stops the server in order. The data stay.</summary>
    public Task EndAsync() => StopAsync("INT");

    /// <summary>Starts it again after <see cref="CrashAsync"/>, on the same port with the same data, and waits until it answers.</summary>
    public async Task RunAsync()
    {
        var installation = _installation ?? throw new InvalidOperationException($"The server named by {Variable} is not this test's to start.");
        _process = installation.Start(_data, Port);
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await ExecuteAsync(Address, "SELECT 1");
                return;
            }
            catch (Exception exception) when (exception is NpgsqlException or SocketException)
            {
                var log = installation.ReadLog(_data);
                if (log.Contains("could not create any TCP/IP sockets", StringComparison.Ordinal) || watch.Elapsed > TimeSpan.FromSeconds(60))
                {
                    throw new InvalidOperationException($"PostgreSQL in {_data} on port {Port} did not begin to answer: {exception.Message}\n{log}", exception);
                }

                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }
    }

    /// <summary>Processor time that it has used, on Linux; of connections that are closed only when the server itself was told.</summary>
    public TimeSpan ProcessorTime()
    {
        var port = Port.ToString(CultureInfo.InvariantCulture);
        var processes = Directory.GetDirectories("/proc").Select(static folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0).Where(static id => id > 0).ToList();
        var server = processes.Find(id => ReadOf(id, "cmdline").Contains($"\0-D\0{_data}\0-p\0{port}\0", StringComparison.Ordinal) && !ReadOf(id, "stat").Contains("(sh)", StringComparison.Ordinal));
        return processes.Where(id => server > 0 && (id == server || ParentOf(id) == server)).Aggregate(TimeSpan.Zero, static (sum, id) => sum + TimeOf(id));
    }

    public async ValueTask DisposeAsync()
    {
        if (_installation is not null)
        {
            await StopAsync("INT");
            _installation.Delete(_data);
            return;
        }

        while (_databases.TryDequeue(out var database))
        {
            await ExecuteAsync(Address, $"DROP DATABASE {database} WITH (FORCE)");
        }
    }

    private async Task StopAsync(string signal)
    {
        if (_process is not { } process)
        {
            return;
        }

        _process = null;
        using (process)
        {
            await process.StandardInput.WriteLineAsync(signal);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            await process.WaitForExitAsync(patience.Token);
        }
    }

    private static int ParentOf(int process) => FieldsOf(process) is { Length: > 1 } fields ? int.Parse(fields[1], CultureInfo.InvariantCulture) : 0;

    /// <summary>User and system time, in hundredths of a second.</summary>
    private static TimeSpan TimeOf(int process) => FieldsOf(process) is { Length: > 12 } fields
        ? TimeSpan.FromMilliseconds(10 * (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)))
        : TimeSpan.Zero;

    /// <summary>Fields of a process's state behind its name; empty when it has just ended.</summary>
    private static string[] FieldsOf(int process) => ReadOf(process, "stat") is { Length: > 0 } stat ? stat[(stat.LastIndexOf(')') + 2)..].Split(' ') : [];

    private static string ReadOf(int process, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/{file}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
