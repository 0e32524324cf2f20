using System.Diagnostics;
using System.Globalization;

namespace Sluice.TestKit.Postgres;

/// <summary>The programs of a PostgreSQL with pgvector: installed, or unpacked into a folder that becomes their root.</summary>
internal sealed class PgvectorInstallation
{
    private const string UnpackedUser = "26:26";

    private readonly string? _root;
    private readonly string _programs;

    private PgvectorInstallation(string? root, string programs)
    {
        _root = root;
        _programs = programs;
    }

    /// <summary>Finds the installed one, else the unpacked one.</summary>
    public static PgvectorInstallation? Find()
    {
        const string Shared = "/usr/share/postgresql";
        if (Directory.Exists(Shared))
        {
            foreach (var version in Directory.EnumerateDirectories(Shared).Select(Path.GetFileName).OrderDescending(StringComparer.Ordinal))
            {
                if (File.Exists($"{Shared}/{version}/extension/vector.control") && File.Exists($"/usr/lib/postgresql/{version}/bin/initdb"))
                {
                    return new PgvectorInstallation(null, $"/usr/lib/postgresql/{version}/bin");
                }
            }
        }

        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set ? set : Path.Join(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        var unpacked = Path.Join(cache, "sluice-tests", "pgvector");
        return File.Exists(Path.Join(unpacked, "complete")) ? new PgvectorInstallation(Path.Join(unpacked, "root"), "/usr/lib/postgresql/17/bin") : null;
    }

    /// <summary>Makes a data folder with the superuser <c>postgres</c> who needs no password.</summary>
    /// <returns>Its path as the server sees it.</returns>
    public async Task<string> CreateDataAsync()
    {
        DeleteForgotten();
        var data = NewFolder();
        await EmptyFolderAsync(data);
        await RunAsync(Command("initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync"));
        return data;
    }

    private string NewFolder() => $"{(_root is null ? Path.GetTempPath().TrimEnd('/') : "/pg")}/sluice-{Guid.NewGuid():N}";

    /// <summary>Makes a folder where the server's user may not make one.</summary>
    private async Task EmptyFolderAsync(string data)
    {
        if (_root is null && Environment.IsPrivilegedProcess)
        {
            Directory.CreateDirectory(data);
            using var own = Process.Start("chown", ["postgres", data]);
            await own.WaitForExitAsync();
        }
    }

    private static async Task RunAsync(ProcessStartInfo start)
    {
        start.UseShellExecute = false;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start");
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{string.Join(' ', start.ArgumentList)} failed: {await output}\n{errors}");
        }
    }

    /// <summary>Copies a running server into a data folder of its own, which follows it when it is started.</summary>
    /// <returns>Its path as the server sees it.</returns>
    public async Task<string> CopyDataAsync(int port)
    {
        var data = NewFolder();
        await EmptyFolderAsync(data);
        await RunAsync(Command("pg_basebackup", "-h", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture), "-U", "postgres", "-D", data, "-R", "--checkpoint=fast", "--no-sync"));
        return data;
    }

    /// <summary>Starts a server. What runs is a shell that waits for the name of a signal, or for the end of this process, and ends the server then by its id; at the end of this process the data go as well.</summary>
    public Process Start(string data, int port)
    {
        string[] settings =
        [
            "-D", data, "-p", port.ToString(CultureInfo.InvariantCulture), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "jit=off",
            "-c", "max_connections=200", "-c", "logging_collector=off", "-c", "shared_buffers=256MB",
        ];
        var command = Command("postgres", settings);
        var shell = new ProcessStartInfo("sh") { RedirectStandardInput = true, UseShellExecute = false };
        foreach (var argument in new[]
        {
            "-c",
            """
            log=$1; data=$2; shift 2
            "$@" </dev/null >>"$log" 2>&1 & server=$!
            read -r signal
            kill -"${signal:-INT}" $server 2>/dev/null
            wait $server
            [ -n "$signal" ] || rm -rf "$data" "$log"
            """,
            "sh",
            LogOf(data),
            _root + data,
        }.Append(command.FileName).Concat(command.ArgumentList))
        {
            shell.ArgumentList.Add(argument);
        }

        return Process.Start(shell) ?? throw new InvalidOperationException("sh did not start");
    }

    /// <summary>The end of what the server wrote.</summary>
    public string ReadLog(string data) => File.Exists(LogOf(data)) ? string.Join('\n', File.ReadLines(LogOf(data)).TakeLast(20)) : "";

    /// <summary>Deletes a data folder.</summary>
    public void Delete(string data)
    {
        Directory.Delete(_root + data, recursive: true);
        File.Delete(LogOf(data));
    }

    /// <summary>Deletes what was left a day ago by tests that were killed together with all they had started.</summary>
    private void DeleteForgotten()
    {
        if (_root is null)
        {
            return;
        }

        var old = TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-1);
        foreach (var folder in Directory.EnumerateDirectories(_root + "/pg", "sluice-*").Where(folder => Directory.GetLastWriteTimeUtc(folder) < old))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string LogOf(string data) => Path.Join(Path.GetTempPath(), Path.GetFileName(data) + ".log");

    /// <summary>A program of the server, as a user who is not root.</summary>
    private ProcessStartInfo Command(string program, params string[] arguments)
    {
        string[] words = _root is not null ? ["chroot", "--userspec=" + UnpackedUser, _root, $"{_programs}/{program}", .. arguments]
            : Environment.IsPrivilegedProcess ? ["runuser", "-u", "postgres", "--", $"{_programs}/{program}", .. arguments]
            : [$"{_programs}/{program}", .. arguments];
        var start = new ProcessStartInfo(words[0]);
        foreach (var word in words[1..])
        {
            start.ArgumentList.Add(word);
        }

        return start;
    }
}
