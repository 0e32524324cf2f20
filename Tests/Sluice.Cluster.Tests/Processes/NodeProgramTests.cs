using System.Diagnostics;
using System.Globalization;
using Sluice.TestKit.Files;
using Sluice.TestKit.Postgres;

namespace Sluice.Cluster.Tests.Processes;

/// <summary><c>sluice node</c> set up wrongly: one clear line, a code other than 0, within ten seconds.</summary>
[Collection(nameof(ProcessCollection))]
public sealed class NodeProgramTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private PgvectorServer? _server;
    private string _ledger = "";

    public async Task InitializeAsync()
    {
        _server = await PgvectorServer.StartOwnAsync();
        _ledger = "postgres:" + await _server.CreateDatabaseAsync();
    }

    public async Task DisposeAsync()
    {
        await _server!.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public Task Node_UnknownRole_IsNamed() => FailsAsync(2, "'embedd' is no role of a node. Roles are: coordinate, parse, embed, index, api.", "--roles", "parse,embedd", "--ledger", _ledger);

    [Fact]
    public Task Node_NoLedger_SaysHowToNameOne() => FailsAsync(2, "A cluster needs a ledger that its nodes share: --ledger postgres://USER@HOST/DATABASE (the password from PGPASSWORD or ?password-file=)");

    [Fact]
    public Task Node_ALedgerForOneMachine_IsRefused() => FailsAsync(2, "A cluster's ledger is PostgreSQL, and sluice.ledger = sqlite:x.db is not", "--ledger", "sqlite:x.db");

    [Fact]
    public Task Node_UnreachableSeed_SaysWhereItTried()
    {
        var port = InProcessCluster.FreePort();
        return FailsAsync(2, $"127.0.0.1:{port}: Connection refused", "--ledger", _ledger, "--port", "0", "--seed", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"), "--join-timeout", "3s");
    }

    [Fact]
    public Task Node_MalformedSeed_ShowsHowItIsWritten() => FailsAsync(2, "--seed nohost is not host:port", "--ledger", _ledger, "--port", "0", "--seed", "nohost");

    [Fact]
    public Task Node_LedgerThatIsNotThere_SaysSo()
    {
        var port = InProcessCluster.FreePort();
        return FailsAsync(1, $"PostgreSQL at 127.0.0.1:{port}/db", "--ledger", string.Create(CultureInfo.InvariantCulture, $"postgres://me@127.0.0.1:{port}/db"), "--port", "0");
    }

    [Fact]
    public Task Node_DatabaseThatIsNotThere_SaysHowToMakeIt() =>
        FailsAsync(1, "has no such database. Create it: createdb nothere", "--ledger", string.Create(CultureInfo.InvariantCulture, $"postgres://postgres@127.0.0.1:{_server!.Port}/nothere"), "--port", "0");

    [Fact]
    public async Task Node_PortThatIsTaken_IsNamed()
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
        await FailsAsync(2, $"The node cannot listen on 127.0.0.1:{port}: Address already in use", "--ledger", _ledger, "--port", port.ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public Task Submit_AFileThatIsNotThere_IsNamed() => FailsAsync(["job", "submit", "nothing.hocon"], 2, "The job 'nothing.hocon' cannot be read", "--ledger", _ledger);

    [Fact]
    public Task Submit_AFileWithoutSources_SaysWhatToSet()
    {
        var file = _folder.Write("job.hocon", "sluice.database = \"pgvector://x@h/d\"\n");
        return FailsAsync(["job", "submit", file], 2, "names nothing to ingest: set sluice.job.sources", "--ledger", _ledger);
    }

    [Fact]
    public Task Submit_ASettingOfANode_IsRefused()
    {
        var file = _folder.Write("job.hocon", "sluice.job.sources = [\"/data\"]\nsluice.cluster.port = 9\n");
        return FailsAsync(["job", "submit", file], 2, "sluice.cluster.port belongs to a node and not to a job", "--ledger", _ledger);
    }

    [Fact]
    public Task Show_AJobThatIsNotThere_SaysHowToListThem() => FailsAsync(["job", "show", "77"], 2, "There is no job 77; `sluice job list` shows them.", "--ledger", _ledger);

    private Task FailsAsync(int code, string words, params string[] arguments) => FailsAsync(["node"], code, words, arguments);

    private async Task FailsAsync(string[] verb, int code, string words, params string[] arguments)
    {
        var watch = Stopwatch.StartNew();
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "sluice"), [.. verb, .. arguments])
        {
            WorkingDirectory = _folder.Path,
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var errors = await process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        process.ExitCode.ShouldBe(code, errors);
        var lines = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(static line => line.StartsWith("sluice:", StringComparison.Ordinal)).ToList();
        lines.ShouldHaveSingleItem(errors).ShouldContain(words);
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(40), "ten seconds on a machine that is not shared");
    }
}
