using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Sluice.TestKit.Clients;

namespace Sluice.TestKit.Chroma;

/// <summary>
/// The server of Chroma that its npm package holds as a native module, run by Node.js. It needs glibc 2.38; on an older system it is loaded with the one that
/// <c>.ci/pgvector-server.sh</c> unpacks with PostgreSQL.
/// </summary>
internal sealed class ChromaInstallation
{
    private const int NeededMinor = 38;

    private readonly string[] _program;
    private readonly string _module;

    private ChromaInstallation(string[] program, string module) => (_program, _module) = (program, module);

    /// <summary>Finds it.</summary>
    /// <exception cref="InvalidOperationException">It is not there, or cannot run here; the message says what to do.</exception>
    public static ChromaInstallation Find()
    {
        const string Advice = "or name a server: SLUICE_TEST_CHROMA=HOST:PORT";
        var module = Path.Join(NodeClient.Folder, "node_modules", "chromadb-js-bindings-linux-x64-gnu", "chromadb-js-bindings.linux-x64-gnu.node");
        if (!File.Exists(module))
        {
            throw new InvalidOperationException($"There is no Chroma server for this test. Run: npm ci --ignore-scripts --prefix {NodeClient.Folder} (on Linux x64), {Advice}");
        }

        var node = Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(static folder => Path.Join(folder, "node")).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException($"Node.js is missing, {Advice}");
        if (LibraryMinor() >= NeededMinor)
        {
            return new ChromaInstallation([node], module);
        }

        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set ? set : Path.Join(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        var libraries = Path.Join(cache, "sluice-tests", "pgvector", "root", "usr", "lib", "x86_64-linux-gnu");
        var loader = Path.Join(libraries, "ld-linux-x86-64.so.2");
        return File.Exists(loader)
            ? new ChromaInstallation([loader, "--library-path", libraries, node], module)
            : throw new InvalidOperationException($"Chroma's server needs glibc 2.{NeededMinor}; here it is 2.{LibraryMinor()}. Run .ci/pgvector-server.sh as root on Debian, which fetches a newer one beside, {Advice}");
    }

    /// <summary>
    /// Starts a server. What runs is a shell that waits for a line, or for the end of this process, and ends the server then by its id; at the end of this process the data
    /// go as well. The server itself may survive SIGTERM, which reaches it where a whole group of processes is ended: the shell kills it then.
    /// </summary>
    public Process Start(string data, int port)
    {
        var script = string.Create(CultureInfo.InvariantCulture, $"require(process.argv[1]).cli(['chroma','run','--path',process.argv[2],'--host','127.0.0.1','--port','{port}'])");
        var shell = new ProcessStartInfo("sh") { RedirectStandardInput = true, UseShellExecute = false };
        shell.Environment["NO_COLOR"] = "1";
        foreach (var argument in new[]
        {
            "-c",
            """
            data=$1; shift
            "$@" </dev/null >>"$data/log" 2>&1 & server=$!
            trap 'kill -KILL $server; rm -rf "$data"; exit 1' HUP INT TERM
            read -r signal
            kill -KILL $server 2>/dev/null
            wait $server
            [ -n "$signal" ] || rm -rf "$data"
            """,
            "sh",
            data,
        }.Concat(_program).Append("-e").Append(script).Append(_module).Append(Path.Join(data, "store")))
        {
            shell.ArgumentList.Add(argument);
        }

        return Process.Start(shell) ?? throw new InvalidOperationException("sh did not start");
    }

    private static int LibraryMinor()
    {
        var version = Marshal.PtrToStringUTF8(LibraryVersion()) ?? "0.0";
        return int.Parse(version.Split('.')[1], CultureInfo.InvariantCulture);
    }

    [DllImport("libc", EntryPoint = "gnu_get_libc_version")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern IntPtr LibraryVersion();
}
