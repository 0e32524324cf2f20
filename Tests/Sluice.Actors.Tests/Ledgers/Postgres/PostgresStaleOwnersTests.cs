using Npgsql;
using Sluice.Actors.Storage.Postgres;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.TestKit.Postgres;

namespace Sluice.Actors.Tests.Ledgers.Postgres;

/// <summary>What is decided and what is written by it are one transaction: nobody takes a walk over between the two. The test holds a row's lock where a call is to stand still.</summary>
public sealed class PostgresStaleOwnersTests(PostgresTestDatabase database) : IClassFixture<PostgresTestDatabase>, IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly string _address = database.NewAddress();
    private ILedger _ledger = null!;
    private NpgsqlDataSource _source = null!;

    public async Task InitializeAsync()
    {
        var address = PostgresAddress.Parse(_address);
        _source = address.CreateDataSource(builder => builder.SearchPath = address.Schema);
        _ledger = Sluice.Actors.Ledgers.Ledgers.Open(_address, TimeProvider.System);
        await _ledger.InitializeAsync(LedgerFilling.None);
    }

    public async Task DisposeAsync()
    {
        await _ledger.DisposeAsync();
        await _source.DisposeAsync();
    }

    [Fact]
    public async Task RemoveDocumentsAsync_WalkTakenOverWhileItStoodStill_RemovesNothingAfterThat()
    {
        var gone = LedgerFilling.Documents(1)[0];
        await _ledger.SettleAsync(await _ledger.ListAsync(gone), LedgerFilling.AllSlots);
        var walk = await _ledger.ListAsync();
        (await _ledger.WithdrawAsync(walk, [(gone.Id, 1)], LedgerFilling.None)).Count.ShouldBe(1);

        await using var holder = await HoldAsync("SELECT FROM ledger_documents FOR UPDATE");
        var removal = _ledger.RemoveDocumentsAsync(walk, [(gone.Id, 2)], LedgerFilling.None);
        await WaitersAsync(1);
        var next = _ledger.BeginWalkAsync(LedgerFilling.Spec, resume: true, LedgerFilling.None);
        await Task.WhenAny(next, WaitersAsync(2));
        var takenOverFirst = next.IsCompleted;
        await holder.DisposeAsync();

        await next.WaitAsync(s_patience);
        if (takenOverFirst)
        {
            await Should.ThrowAsync<SupersededException>(() => removal.WaitAsync(s_patience));
            return;
        }

        await removal.WaitAsync(s_patience);
        (await _ledger.ListDocumentsAsync(LedgerFilling.Sink, null, 10, LedgerFilling.None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task BeginWalkAsync_UnfinishedOneTakenOverWhileItStoodStill_IsNotTakenUp()
    {
        var walk = await _ledger.ListAsync(LedgerFilling.Documents(1));
        await using var other = await HoldAsync("UPDATE ledger_epochs SET last = last + 1");
        var resumed = _ledger.BeginWalkAsync(LedgerFilling.Spec, resume: true, LedgerFilling.None);
        await WaitersAsync(1);
        await other.ExecuteAsync(
            static batch => batch
                .Then(
                    """
                    INSERT INTO ledger_walks (sink, configuration, scope, began, epoch)
                    SELECT sink, configuration, 's3://bucket/0/', began, (SELECT last FROM ledger_epochs) FROM ledger_walks
                    """)
                .Then("UPDATE ledger_walks SET epoch = 0 WHERE num = (SELECT min(num) FROM ledger_walks)")
                .Then("COMMIT"),
            LedgerFilling.None);

        (await resumed.WaitAsync(s_patience)).Id.ShouldBeGreaterThan(walk.Id + 1, "the other walk has its documents");
    }

    [Fact]
    public async Task BeginWalkAsync_StoodStillBeforeItSupersedesTheOlderOne_ShowsOneWalkOverTheSameDocuments()
    {
        await _ledger.ListAsync(LedgerFilling.Documents(1));
        await using var holder = await HoldAsync("SELECT FROM ledger_walks FOR UPDATE");
        var next = _ledger.BeginWalkAsync(LedgerFilling.Spec, resume: false, LedgerFilling.None);
        await WaitersAsync(1);
        (await CountAsync("SELECT count(*) FROM ledger_walks WHERE ended IS NULL AND epoch > 0")).ShouldBe(1, "a kill here must not leave two owners");
        await holder.DisposeAsync();

        await next.WaitAsync(s_patience);
        (await CountAsync("SELECT count(*) FROM ledger_walks WHERE ended IS NULL AND epoch > 0")).ShouldBe(1);
    }

    /// <summary>Opens a transaction that has done something, and holds what it locks until it is disposed.</summary>
    private async Task<NpgsqlConnection> HoldAsync(string statement)
    {
        var connection = await _source.OpenConnectionAsync();
        await connection.ExecuteAsync(batch => batch.Then("BEGIN").Then(statement), LedgerFilling.None);
        return connection;
    }

    /// <summary>Waits until so many sessions wait for a lock of this test's.</summary>
    private async Task WaitersAsync(long count)
    {
        using var patience = new CancellationTokenSource(s_patience);
        while (await CountAsync("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") < count)
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private async Task<long> CountAsync(string question)
    {
        await using var connection = await _source.OpenConnectionAsync();
        return (await connection.ReadAsync(batch => batch.Then(question), static row => row.GetInt64(0), LedgerFilling.None))[0];
    }
}
