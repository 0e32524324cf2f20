using System.Diagnostics;
using System.Globalization;

namespace Sluice.TestKit.Postgres;

/// <summary>
/// The programs of an installed PostgreSQL. They refuse to run as root: then they run as an unprivileged user of the system. What is started ends with the process
/// that started it, however that ends: a shell in between sees its input close.
/// </summary>
internal sealed class PostgresInstallation
{
    private const string Advice = "On Debian or Ubuntu run: sudo apt-get install postgresql";

    // Says the server's process id, then waits for a word or the end of whoever started it.
    private const string Keeper = """
        folder=$1; shift
        "$@" </dev/null 3>&- &
        server=$!
        echo "keeper: $server"
        if ! read -r signal; then signal=QUIT; gone=yes; fi
        kill -CONT "$server" 2>/dev/null
        kill -"$signal" "$server" 2>/dev/null
        wait "$server"
        if [ "$gone" = yes ]; then rm -rf "$folder"; fi
        """;

    private readonly string _programs;
    private readonly string? _user;

    private PostgresInstallation(string programs, string? user)
    {
        _programs = programs;
        _user = user;
    }

    /// <summary>Finds the newest.</summary>
    /// <exception cref="InvalidOperationException">There is none; the message says what to do.</exception>
    public static PostgresInstallation Find()
    {
        var programs = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Where(static folder => File.Exists(Path.Join(folder, "bin", "initdb")))
                .OrderByDescending(static folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var version) ? version : 0).FirstOrDefault()
            : null;
        var root = Environment.UserName == "root";
        var user = root ? File.ReadLines("/etc/passwd").Select(static line => line.Split(':')[0]).FirstOrDefault(static name => name is "postgres" or "nobody") : null;
        return programs is null ? throw new InvalidOperationException("The tests of the PostgreSQL ledger need PostgreSQL. " + Advice)
            : root && user is null ? throw new InvalidOperationException("PostgreSQL does not run as root, and there is no user postgres or nobody. " + Advice)
            : new PostgresInstallation(Path.Join(programs, "bin"), user);
    }

    /// <summary>Makes a data folder in a folder of its own.</summary>
    /// <param name="password">Password of the superuser <c>sluice</c>.</param>
    public async Task<string> CreateAsync(string password)
    {
        var folder = Directory.CreateTempSubdirectory("sluice-postgres-").FullName;
        var secret = Path.Join(folder, "password");
        await File.WriteAllTextAsync(secret, password);
        if (_user is not null)
        {
            await RunAsync(["chown", "-R", _user, folder]);
        }

        await RunAsync(
        [
            .. AsUser(), Path.Join(_programs, "initdb"), "-D", Path.Join(folder, "data"), "-U", "sluice", "--pwfile", secret, "--auth=scram-sha-256",
            "--encoding=UTF8", "--locale=C", "--no-sync",
        ]);
        return folder;
    }

    /// <summary>Starts a server over a folder of <see cref="CreateAsync"/>. Its first line tells its process id; a line that is written to it, a signal, ends it.</summary>
    public Process Start(string folder, int port, string settings)
    {
        string[] options =
        [
            "listen_addresses=127.0.0.1", $"port={port.ToString(CultureInfo.InvariantCulture)}", $"unix_socket_directories={folder}", "fsync=off",
            "full_page_writes=off", .. settings.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        ];
        var start = new ProcessStartInfo("bash") { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        string[] arguments = ["-c", Keeper, "keeper", folder, .. AsUser(), Path.Join(_programs, "postgres"), "-D", Path.Join(folder, "data"), .. options.SelectMany(static option => new[] { "-c", option })];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start) ?? throw new InvalidOperationException("bash could not be started.");
    }

    /// <summary>Copies a running server into a data folder of its own, which follows it when it is started.</summary>
    /// <param name="port">The server's port.</param>
    /// <param name="password">Password of the superuser.</param>
    public async Task<string> CopyAsync(int port, string password)
    {
        var folder = Directory.CreateTempSubdirectory("sluice-postgres-").FullName;
        if (_user is not null)
        {
            await RunAsync(["chown", "-R", _user, folder]);
        }

        await RunAsync(
        [
            .. AsUser(), "env", "PGPASSWORD=" + password, Path.Join(_programs, "pg_basebackup"), "--host", "127.0.0.1", "--port", port.ToString(CultureInfo.InvariantCulture),
            "--username", "sluice", "--pgdata", Path.Join(folder, "data"), "--write-recovery-conf", "--checkpoint", "fast", "--no-sync",
        ]);
        return folder;
    }

    private string[] AsUser() => _user is null ? [] : ["setpriv", "--reuid", _user, "--regid", _user == "nobody" ? "nogroup" : _user, "--clear-groups"];

    /// <summary>Runs a program to its end.</summary>
    public static async Task<string> RunAsync(IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in command.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{command[0]} could not be started.");
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"{string.Join(' ', command)} ended with {process.ExitCode}: {await output}{await error}");
    }
}
