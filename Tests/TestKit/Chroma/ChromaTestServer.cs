using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Sluice.TestKit.Chroma;

/// <summary>
/// A Chroma server on a free loopback port, with a data folder of its own that goes away with it. A server named by SLUICE_TEST_CHROMA (<c>HOST:PORT</c>, without TLS or key)
/// is used instead where that is set.
/// </summary>
public sealed class ChromaTestServer : IAsyncDisposable
{
    private const string Variable = "SLUICE_TEST_CHROMA";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly HttpClient s_client = new();

    private readonly ChromaInstallation? _installation;
    private readonly string _data = "";
    private Process? _process;

    private ChromaTestServer(string address) => Address = address;

    private ChromaTestServer(ChromaInstallation installation, string data, int port)
    {
        (_installation, _data) = (installation, data);
        Address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
    }

    /// <summary>Host and port.</summary>
    public string Address { get; }

    /// <summary>Its port.</summary>
    public int Port => int.Parse(Address[(Address.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);

    /// <summary>Starts a server, or takes the one that is named.</summary>
    /// <exception cref="InvalidOperationException">There is none to start; the message says what to do.</exception>
    public static Task<ChromaTestServer> StartAsync() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? Task.FromResult(new ChromaTestServer(named)) : StartOwnAsync();

    /// <summary>Starts a server whatever the variable says, for tests that stop it.</summary>
    /// <exception cref="InvalidOperationException">There is none to start; the message says what to do.</exception>
    public static async Task<ChromaTestServer> StartOwnAsync()
    {
        var installation = ChromaInstallation.Find();
        for (var attempt = 1; ; attempt++)
        {
            var server = new ChromaTestServer(installation, Directory.CreateTempSubdirectory("sluice-chroma-").FullName, FreePort());
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

    /// <summary>Kills the server, and waits until it is gone. The data stay.</summary>
    public Task KillAsync() => StopAsync();

    /// <summary>Starts it again after <see cref="KillAsync"/>, on the same port with the same data, and waits until it answers.</summary>
    public async Task RunAsync()
    {
        var installation = _installation ?? throw new InvalidOperationException($"The server named by {Variable} is not this test's to start.");
        _process = installation.Start(_data, Port);
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using var answer = await s_client.GetAsync(new Uri($"http://{Address}/api/v2/heartbeat"));
                answer.EnsureSuccessStatusCode();
                return;
            }
            catch (HttpRequestException exception)
            {
                if (_process.HasExited || watch.Elapsed > s_patience)
                {
                    var log = File.Exists(Path.Join(_data, "log")) ? string.Join('\n', File.ReadLines(Path.Join(_data, "log")).TakeLast(20)) : "";
                    throw new InvalidOperationException($"Chroma on {Address} did not begin to answer: {exception.Message}\n{log}", exception);
                }

                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_installation is not null && Directory.Exists(_data))
        {
            Directory.Delete(_data, recursive: true);
        }
    }

    private async Task StopAsync()
    {
        if (_process is not { } process)
        {
            return;
        }

        _process = null;
        using (process)
        {
            await process.StandardInput.WriteLineAsync("KILL");
            using var patience = new CancellationTokenSource(s_patience);
            await process.WaitForExitAsync(patience.Token);
        }
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
