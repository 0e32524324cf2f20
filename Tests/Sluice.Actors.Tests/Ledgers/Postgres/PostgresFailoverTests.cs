using System.Net;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.TestKit.Network;
using Sluice.TestKit.Postgres;

namespace Sluice.Actors.Tests.Ledgers.Postgres;

/// <summary>A standby that fell behind takes the place of its server: what was committed last is gone, and whoever remembers it must be told.</summary>
public sealed class PostgresFailoverTests : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);
    private PostgresServer? _server;
    private PostgresServer? _standby;
    private string _database = "";

    public async Task InitializeAsync()
    {
        _server = await PostgresServer.StartAsync();
        _database = await _server.CreateDatabaseAsync();
        _standby = await _server.StartStandbyAsync();
    }

    public async Task DisposeAsync()
    {
        await _standby!.DisposeAsync();
        await _server!.DisposeAsync();
    }

    [Fact]
    public async Task Failover_ThatTakesCommitsBack_IsNoticedAndPutsInDoubtWhatWasUnderWay()
    {
        await using var proxy = new TcpProxy(new IPEndPoint(IPAddress.Loopback, 0), new IPEndPoint(IPAddress.Loopback, _server!.Port));
        await using var ledger = Open(proxy);
        await ledger.InitializeAsync(LedgerFilling.None);
        var walk = await ledger.ListAsync(LedgerFilling.Documents(20));
        await ledger.SettleAsync(walk, LedgerFilling.AllSlots, limit: 10);
        await FailOverAsync(proxy, () => ledger.SettleAsync(walk, LedgerFilling.AllSlots));

        (await ledger.AccountAsync(walk, LedgerFilling.None).WaitAsync(s_patience)).Pending.ShouldBe(10, "what was settled behind the standby's back is gone");
        ledger.History.ShouldBe(1);
        (await ledger.SettleAsync(walk, LedgerFilling.AllSlots)).ShouldBe(10);
        (await ledger.ListUnconfirmedAsync(walk, 100, LedgerFilling.None)).Count.ShouldBe(20, "all of the unfinished walk is compared with the sink");
    }

    [Fact]
    public async Task Failover_UnderARunOfOneMachine_EndsItWithWords()
    {
        await using var proxy = new TcpProxy(new IPEndPoint(IPAddress.Loopback, 0), new IPEndPoint(IPAddress.Loopback, _server!.Port));
        await using var ledger = Open(proxy);
        await ledger.InitializeAsync(LedgerFilling.None);
        await using var lease = await ledger.AcquireAsync(new LeaseRequest("ingest"), LedgerFilling.None);
        var walk = await ledger.ListAsync(LedgerFilling.Documents(20));
        await FailOverAsync(proxy, () => ledger.SettleAsync(walk, LedgerFilling.AllSlots));

        var exception = await Should.ThrowAsync<StorageException>(async () =>
        {
            using var patience = new CancellationTokenSource(s_patience);
            while (true)
            {
                await ledger.AccountAsync(walk, patience.Token);
            }
        });
        exception.Message.ShouldContain("a standby has taken the place of its server");
        exception.IsMendable.ShouldBeFalse();
    }

    [Fact]
    public async Task Restart_OfTheSameServer_IsNoChange()
    {
        await using var proxy = new TcpProxy(new IPEndPoint(IPAddress.Loopback, 0), new IPEndPoint(IPAddress.Loopback, _server!.Port));
        await using var ledger = Open(proxy);
        await ledger.InitializeAsync(LedgerFilling.None);
        var walk = await ledger.ListAsync(LedgerFilling.Documents(20));
        await _server.CrashAsync();
        await _server.RunAsync();
        (await ledger.SettleAsync(walk, LedgerFilling.AllSlots).WaitAsync(s_patience)).ShouldBe(20);
        ledger.History.ShouldBe(0);
        (await ledger.ListUnconfirmedAsync(walk, 100, LedgerFilling.None)).ShouldBeEmpty();
    }

    /// <summary>The standby is cut off, more is done, the server ends hard, the standby takes its place.</summary>
    private async Task FailOverAsync(TcpProxy proxy, Func<Task> more)
    {
        await _standby!.CatchUpAsync(_server!);
        await _standby.StopAsync();
        await more();
        await _server!.CrashAsync();
        await _standby.RunAsync();
        await _standby.PromoteAsync();
        proxy.Server = new IPEndPoint(IPAddress.Loopback, _standby.Port);
    }

    private ILedger Open(TcpProxy proxy) => Sluice.Actors.Ledgers.Ledgers.Open(
        _server!.Address(_database, "schema=sluice&command-timeout=5&connect-timeout=2").Replace($":{_server.Port}/", $":{proxy.Address.Port}/", StringComparison.Ordinal), TimeProvider.System);
}
