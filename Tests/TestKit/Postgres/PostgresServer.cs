using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Sluice.TestKit.Postgres;

/// <summary>
/// A PostgreSQL server of a test's own: the one that is installed, on a free port of 127.0.0.1, over a temporary folder, without waiting for the disk (a
/// crash of the server loses nothing, one of the machine would). It ends with
/// its disposal or with the process that started it.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string Password = "it's a test: %/?#@";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly Lazy<Task<PostgresServer>> s_shared = new(static () => StartAsync());

    private readonly PostgresInstallation _installation;
    private readonly string _folder;
    private readonly string _settings;
    private Process? _keeper;
    private string _log = "";

    private PostgresServer(PostgresInstallation installation, string folder, int port, string settings)
    {
        _installation = installation;
        _folder = folder;
        _settings = settings;
        Port = port;
    }

    /// <summary>The server that the tests of an assembly share; it ends with the process. Who stops or restarts a server starts one of its own.</summary>
    public static Task<PostgresServer> Shared => s_shared.Value;

    /// <summary>Its port.</summary>
    public int Port { get; }

    /// <summary>Process id of the server, while it runs.</summary>
    public int Pid { get; private set; }

    /// <summary>Starts a server.</summary>
    /// <param name="settings">Settings beside the usual ones, each <c>NAME=VALUE</c>, separated by blanks.</param>
    /// <exception cref="InvalidOperationException">There is none to start; the message says what to do.</exception>
    public static async Task<PostgresServer> StartAsync(string settings = "")
    {
        var installation = PostgresInstallation.Find();
        var folder = await installation.CreateAsync(Password);
        for (var attempt = 1; ; attempt++)
        {
            var server = new PostgresServer(installation, folder, FreePort(), settings);
            try
            {
                await server.RunAsync();
                return server;
            }
            catch (InvalidOperationException) when (attempt < 3)
            {
                // Somebody else took the port.
            }
            catch
            {
                Directory.Delete(folder, recursive: true);
                throw;
            }
        }
    }

    /// <summary>Address of a database, as the superuser or another user.</summary>
    /// <param name="database">Its name.</param>
    /// <param name="query">Parameters, without the question mark.</param>
    /// <param name="user">The user.</param>
    /// <param name="password">Its password; null for the superuser's.</param>
    public string Address(string database, string query = "", string user = "sluice", string? password = null) => string.Create(
        CultureInfo.InvariantCulture, $"postgres://{user}:{Uri.EscapeDataString(password ?? Password)}@127.0.0.1:{Port}/{database}{(query.Length > 0 ? "?" + query : "")}");

    /// <summary>Makes an empty database.</summary>
    /// <param name="options">Options of <c>CREATE DATABASE</c>.</param>
    /// <returns>Its name.</returns>
    public async Task<string> CreateDatabaseAsync(string options = "")
    {
        var name = $"t{Guid.NewGuid():N}";
        await ExecuteAsync("postgres", $"CREATE DATABASE {name} {options}");
        return name;
    }

    /// <summary>Runs statements as the superuser.</summary>
    /// <returns>The first column of the first row.</returns>
    public async Task<object?> ExecuteAsync(string database, string sql)
    {
        await using var connection = await ConnectAsync(database);
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // A test's own words.
        command.CommandText = sql;
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync();
    }

    /// <summary>A connection of the superuser that is in no pool.</summary>
    public async Task<NpgsqlConnection> ConnectAsync(string database)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1", Port = Port, Username = "sluice", Password = Password, Database = database, Pooling = false, CommandTimeout = 600,
        }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>Starts a server that follows this one, read-only, on a port of its own.</summary>
    /// <remarks>Stopped, it falls behind; promoted after this one has ended, it takes back what came since.</remarks>
    public async Task<PostgresServer> StartStandbyAsync()
    {
        var standby = new PostgresServer(_installation, await _installation.CopyAsync(Port, Password), FreePort(), _settings);
        await standby.RunAsync();
        return standby;
    }

    /// <summary>Makes a standby the server that may be written.</summary>
    public async Task PromoteAsync() => await ExecuteAsync("postgres", "SELECT pg_promote(true, 60)");

    /// <summary>Waits until a standby has all that its server has committed.</summary>
    /// <param name="server">Its server.</param>
    public async Task CatchUpAsync(PostgresServer server)
    {
        var position = await server.ExecuteAsync("postgres", "SELECT pg_current_wal_lsn()::text");
        using var patience = new CancellationTokenSource(s_patience);
        while (await ExecuteAsync("postgres", $"SELECT pg_last_wal_replay_lsn() >= '{position}'::pg_lsn") is not true)
        {
            patience.Token.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Stops it: open connections are told and closed.</summary>
    public Task StopAsync() => EndAsync("INT");

    /// <summary>Stops it at once, as a crash would; it recovers when it is started.</summary>
    public Task CrashAsync() => EndAsync("QUIT");

    /// <summary>Starts it again, over the same data, on the same port.</summary>
    public async Task RunAsync()
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var keeper = _installation.Start(_folder, Port, _settings);
        _keeper = keeper;
        _log = "";
        _ = ReadLogAsync(keeper, ready);
        Pid = int.Parse((await keeper.StandardOutput.ReadLineAsync())!.Split(' ')[1], CultureInfo.InvariantCulture);
        try
        {
            await ready.Task.WaitAsync(s_patience);
        }
        catch
        {
            await EndAsync("QUIT");
            throw;
        }
    }

    /// <summary>Freezes it with all its processes: connections stay open and nothing answers.</summary>
    public Task FreezeAsync() => SignalAsync("STOP");

    /// <summary>Lets it go on after <see cref="FreezeAsync"/>.</summary>
    public Task ThawAsync() => SignalAsync("CONT");

    public async ValueTask DisposeAsync()
    {
        if (_keeper is not null)
        {
            await ThawAsync();
            await CrashAsync();
        }

        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private async Task EndAsync(string signal)
    {
        if (_keeper is { } keeper)
        {
            _keeper = null;
            await keeper.StandardInput.WriteLineAsync(signal);
            await keeper.StandardInput.FlushAsync();
            await keeper.WaitForExitAsync().WaitAsync(s_patience);
            keeper.Dispose();
        }
    }

    private async Task SignalAsync(string signal)
    {
        // The first process makes the others: stopped first, it makes no more.
        await PostgresInstallation.RunAsync(["kill", "-" + signal, Pid.ToString(CultureInfo.InvariantCulture)]);
        foreach (var child in (await File.ReadAllTextAsync($"/proc/{Pid}/task/{Pid}/children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            await PostgresInstallation.RunAsync(["bash", "-c", $"kill -{signal} {child} 2>/dev/null || true"]);
        }
    }

    private async Task ReadLogAsync(Process keeper, TaskCompletionSource ready)
    {
        while (await keeper.StandardError.ReadLineAsync() is { } line)
        {
            if (line.Contains("database system is ready to accept", StringComparison.Ordinal)) // connections, or read-only ones.
            {
                ready.TrySetResult();
            }

            if (_log.Length < 20_000)
            {
                _log += line + "\n";
            }
        }

        ready.TrySetException(new InvalidOperationException($"PostgreSQL in {_folder} on port {Port} ended: {_log}"));
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
