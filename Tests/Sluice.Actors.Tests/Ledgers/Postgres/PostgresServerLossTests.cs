using Sluice.Actors.Ledgers;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.TestKit.Postgres;

namespace Sluice.Actors.Tests.Ledgers.Postgres;

/// <summary>The server goes away and comes back: calls wait, nothing is lost. Each test has a server of its own.</summary>
public sealed class PostgresServerLossTests : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private PostgresServer? _server;
    private string _address = "";

    private PostgresServer Server => _server ?? throw new InvalidOperationException("not started");

    public async Task InitializeAsync()
    {
        _server = await PostgresServer.StartAsync();
        _address = _server.Address(await _server.CreateDatabaseAsync(), "schema=sluice&command-timeout=2&connect-timeout=2");
    }

    public async Task DisposeAsync() => await Server.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Restart_UnderLoad_LosesNothingAndCallsGoOn(bool crash)
    {
        await using var ledger = await OpenAsync();
        var walk = await ledger.ListAsync(LedgerFilling.Documents(8_000));
        var workers = Enumerable.Range(0, 4).Select(partition => Task.Run(() => ledger.SettleAsync(walk, SlotRange.OfPartition(partition, 4)))).ToList();
        for (var round = 0; round < 2; round++)
        {
            await (crash ? Server.CrashAsync() : Server.StopAsync());
            var waiting = ledger.AccountAsync(walk, LedgerFilling.None);
            await TroubleAsync(ledger);
            await Server.RunAsync();
            (await waiting.WaitAsync(s_patience)).Discovered.ShouldBe(8_000);
        }

        (await Task.WhenAll(workers).WaitAsync(s_patience)).Sum().ShouldBe(8_000);
        var accounting = await ledger.AccountAsync(walk, LedgerFilling.None);
        (accounting.Indexed, accounting.Pending, accounting.Balances).ShouldBe((8_000, 0, true));
        ledger.Trouble.ShouldBeNull();
    }

    [Fact]
    public async Task Freeze_ForSomeSeconds_IsBoundedToldAndOver()
    {
        await using var ledger = await OpenAsync();
        var walk = await ledger.ListAsync(LedgerFilling.Documents(100));
        await Server.FreezeAsync();
        var settling = ledger.SettleAsync(walk, LedgerFilling.AllSlots);
        await TroubleAsync(ledger);
        ledger.Trouble!.ShouldContain("does not answer");
        ledger.Trouble!.ShouldContain("Waiting since 20");
        ledger.Trouble!.ShouldNotContain("test");
        await Server.ThawAsync();
        (await settling.WaitAsync(s_patience)).ShouldBe(100);
        ledger.Trouble.ShouldBeNull();
        (await ledger.AccountAsync(walk, LedgerFilling.None)).Indexed.ShouldBe(100);
    }

    [Fact]
    public async Task Calls_WhileTheServerIsAway_EndWhenCancelledOrDisposed()
    {
        var ledger = await OpenAsync();
        await Server.StopAsync();
        using var cancel = new CancellationTokenSource();
        var cancelled = ledger.BeginWalkAsync(LedgerFilling.Spec, resume: true, cancel.Token);
        var disposed = ledger.BeginWalkAsync(LedgerFilling.Spec, resume: true, LedgerFilling.None);
        await TroubleAsync(ledger);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => cancelled.WaitAsync(s_patience));
        await ledger.DisposeAsync();
        await Should.ThrowAsync<ObjectDisposedException>(() => disposed.WaitAsync(s_patience));
        await ledger.DisposeAsync();
    }

    [Fact]
    public async Task InitializeAsync_ServerAway_FailsAtOnce()
    {
        await Server.StopAsync();
        await using var ledger = Sluice.Actors.Ledgers.Ledgers.Open(_address, TimeProvider.System);
        (await Should.ThrowAsync<StorageException>(() => ledger.InitializeAsync(LedgerFilling.None).WaitAsync(s_patience))).Message.ShouldContain("nothing listens there");
    }

    [Fact]
    public async Task Lease_ConnectionLost_IsTakenAgainAndStillExclusive()
    {
        await using var ledger = await OpenAsync();
        await using var lease = await ledger.AcquireAsync(new LeaseRequest("first"), LedgerFilling.None);
        await Server.CrashAsync();
        var walk = ledger.BeginWalkAsync(LedgerFilling.Spec, resume: false, LedgerFilling.None);
        await Server.RunAsync();
        await walk.WaitAsync(s_patience);

        await using var other = await OpenAsync();
        await LockedAsync();
        (await Should.ThrowAsync<LedgerHeldException>(() => other.AcquireAsync(new LeaseRequest("second"), LedgerFilling.None))).Message.ShouldContain("first");
        (await ledger.ListAsync(LedgerFilling.Documents(3))).Id.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Lease_TakenByAnotherAfterItsLoss_StopsTheFirst()
    {
        await using var ledger = await OpenAsync();
        await using var lease = await ledger.AcquireAsync(new LeaseRequest("first"), LedgerFilling.None);
        await using var thief = await Server.ConnectAsync(_address.Split('/')[3].Split('?')[0]);
        await using (var command = thief.CreateCommand())
        {
            // As a second run would that comes between the loss and its noticing.
            command.CommandText =
                """
                SELECT pg_terminate_backend(backend) FROM sluice.ledger_holder;
                SELECT pg_advisory_lock(hashtextextended('sluice ledger sluice', 0));
                UPDATE sluice.ledger_holder SET token = gen_random_uuid(), holder = 'second', backend = pg_backend_pid();
                """;
            await command.ExecuteNonQueryAsync();
        }

        using var patience = new CancellationTokenSource(s_patience);
        var exception = await Should.ThrowAsync<LedgerHeldException>(async () =>
        {
            while (!patience.IsCancellationRequested)
            {
                await ledger.SummarizeAsync(LedgerFilling.Sink, patience.Token);
            }
        });
        exception.Message.ShouldContain("second");
    }

    [Fact]
    public async Task WaitForNewsAsync_AfterTheServerCameBack_HearsAgain()
    {
        await using var store = JobStores.Open(_address, TimeProvider.System);
        await store.InitializeAsync(LedgerFilling.None);
        await store.WaitForNewsAsync(s_patience, LedgerFilling.None);
        await Server.CrashAsync();
        await store.WaitForNewsAsync(TimeSpan.FromMilliseconds(200), LedgerFilling.None);
        await Server.RunAsync();
        var job = await store.SubmitAsync(new JobSubmission("a", ["file:///a/"], "", 1), LedgerFilling.None);
        await store.WaitForNewsAsync(s_patience, LedgerFilling.None).WaitAsync(s_patience / 2);
        var news = store.WaitForNewsAsync(s_patience, LedgerFilling.None);
        await store.WishAsync(job, JobWish.Cancel, LedgerFilling.None);
        await news.WaitAsync(s_patience / 2);
    }

    private async Task<ILedger> OpenAsync()
    {
        var ledger = Sluice.Actors.Ledgers.Ledgers.Open(_address, TimeProvider.System);
        await ledger.InitializeAsync(LedgerFilling.None);
        return ledger;
    }

    /// <summary>Until a session holds the lease's lock.</summary>
    private async Task LockedAsync()
    {
        using var patience = new CancellationTokenSource(s_patience);
        while (await Server.ExecuteAsync("postgres", "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted") is 0L)
        {
            patience.Token.ThrowIfCancellationRequested();
        }
    }

    private static async Task TroubleAsync(ILedger ledger)
    {
        using var patience = new CancellationTokenSource(s_patience);
        while (ledger.Trouble is null)
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
