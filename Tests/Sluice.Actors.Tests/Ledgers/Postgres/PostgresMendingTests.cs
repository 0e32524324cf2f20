using Npgsql;
using Sluice.Actors.Ledgers;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.TestKit.Files;
using Sluice.TestKit.Postgres;

namespace Sluice.Actors.Tests.Ledgers.Postgres;

/// <summary>What a person has to mend while a run goes on: the password is changed, a right is taken. Calls wait for it, once they have worked.</summary>
public sealed class PostgresMendingTests : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly TemporaryFolder _folder = new();
    private readonly string _user = $"u{Guid.NewGuid():N}";
    private PostgresServer? _server;
    private string _database = "";

    private PostgresServer Server => _server!;

    public async Task InitializeAsync()
    {
        _server = await PostgresServer.Shared;
        _database = await _server.CreateDatabaseAsync();
        await Server.ExecuteAsync(_database, $"CREATE USER {_user} PASSWORD 'first'; CREATE SCHEMA s AUTHORIZATION {_user}");
        _folder.Write("password", "first\n");
    }

    public async Task DisposeAsync()
    {
        await Server.ExecuteAsync("postgres", $"DROP DATABASE {_database} WITH (FORCE)");
        await Server.ExecuteAsync("postgres", $"DROP USER {_user}");
        _folder.Dispose();
    }

    [Fact]
    public async Task Password_ChangedInTheMiddle_IsWaitedForSaidAndReadAgain()
    {
        await using var ledger = await OpenAsync();
        await ledger.SummarizeAsync(LedgerFilling.Sink, LedgerFilling.None);
        await Server.ExecuteAsync(_database, $"ALTER USER {_user} PASSWORD 'second'");
        await CutAsync();
        var walk = ledger.BeginWalkAsync(LedgerFilling.Spec, resume: false, LedgerFilling.None);
        await TroubleAsync(ledger, "refused the user or password");
        _folder.Write("password", "second\n");
        (await walk.WaitAsync(s_patience)).Id.ShouldBeGreaterThan(0);
        ledger.Trouble.ShouldBeNull();
    }

    [Fact]
    public async Task PasswordFile_BeingReplaced_IsWaitedFor()
    {
        await using var ledger = await OpenAsync();
        await ledger.SummarizeAsync(LedgerFilling.Sink, LedgerFilling.None);
        File.Delete(_folder.Combine("password"));
        await CutAsync();
        var walk = ledger.BeginWalkAsync(LedgerFilling.Spec, resume: false, LedgerFilling.None);
        await TroubleAsync(ledger, "is not there");
        _folder.Write("password", "first\n");
        (await walk.WaitAsync(s_patience)).Id.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Right_TakenInTheMiddle_IsWaitedForAndSaid()
    {
        await using var ledger = await OpenAsync();
        await ledger.SummarizeAsync(LedgerFilling.Sink, LedgerFilling.None);
        await Server.ExecuteAsync(_database, $"ALTER TABLE s.ledger_walks OWNER TO sluice; REVOKE ALL ON s.ledger_walks FROM {_user}");
        var walk = ledger.BeginWalkAsync(LedgerFilling.Spec, resume: false, LedgerFilling.None);
        await TroubleAsync(ledger, "forbids it to the user");
        await Server.ExecuteAsync(_database, $"GRANT ALL ON s.ledger_walks TO {_user}");
        (await walk.WaitAsync(s_patience)).Id.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Password_WrongAtTheStart_FailsAtOnce()
    {
        _folder.Write("password", "wrong\n");
        await using var ledger = Sluice.Actors.Ledgers.Ledgers.Open(Address(), TimeProvider.System);
        var exception = await Should.ThrowAsync<StorageException>(() => ledger.InitializeAsync(LedgerFilling.None).WaitAsync(s_patience));
        exception.IsMendable.ShouldBeTrue();
        exception.Message.ShouldContain("refused the user or password");
        exception.Message.ShouldEndWith("Nothing was begun; run again then.");
    }

    private string Address() => $"postgres://{_user}@127.0.0.1:{Server.Port}/{_database}?schema=s&password-file={_folder.Combine("password")}";

    private async Task<ILedger> OpenAsync()
    {
        var ledger = Sluice.Actors.Ledgers.Ledgers.Open(Address(), TimeProvider.System);
        await ledger.InitializeAsync(LedgerFilling.None);
        return ledger;
    }

    private async Task CutAsync() => await Server.ExecuteAsync(_database, $"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = '{_user}'");

    private static async Task TroubleAsync(ILedger ledger, string words)
    {
        using var patience = new CancellationTokenSource(s_patience);
        while (ledger.Trouble?.Contains(words, StringComparison.Ordinal) != true)
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
