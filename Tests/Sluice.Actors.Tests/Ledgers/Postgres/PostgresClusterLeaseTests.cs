using Npgsql;
using Sluice.Actors.Ledgers;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.TestKit.Postgres;

namespace Sluice.Actors.Tests.Ledgers.Postgres;

/// <summary>A ledger belongs to one cluster, or to one run.</summary>
public sealed class PostgresClusterLeaseTests(PostgresTestDatabase database) : IClassFixture<PostgresTestDatabase>
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly string _address = database.NewAddress();

    [Fact]
    public async Task JoinAsync_ASecondCluster_IsRefusedWithTheFirstsNameAndAddress()
    {
        await using var first = await OpenAsync();
        await using var held = await first.JoinAsync(Node("docs", "a", 1), LedgerFilling.None);
        await using var second = await OpenAsync();
        var refused = await Should.ThrowAsync<LedgerHeldException>(() => second.JoinAsync(Node("wiki", "b", 2), LedgerFilling.None).WaitAsync(s_patience));
        refused.Message.ShouldContain($"is the one of the cluster 'docs', which holds it since ");
        refused.Message.ShouldContain($"with 1 node, the first at a on {Environment.MachineName}. This node (b) is not a member of it.");
        held!.Lost.IsCompleted.ShouldBeFalse();
        await first.ListAsync(LedgerFilling.Documents(3));
    }

    [Fact]
    public async Task JoinAsync_MembersOfOneCluster_HoldItTogetherThroughARollingRestart()
    {
        await using var first = await OpenAsync();
        var one = await first.JoinAsync(Node("docs", "a", 1), LedgerFilling.None);
        await using var second = await OpenAsync();
        await using var two = await second.JoinAsync(Node("docs", "b", 2, ("a", 1)), LedgerFilling.None);
        await one!.DisposeAsync();
        await using var again = await OpenAsync();
        await using var three = await again.JoinAsync(Node("docs", "a", 3, ("b", 2)), LedgerFilling.None);

        await using var other = await OpenAsync();
        (await Should.ThrowAsync<LedgerHeldException>(() => other.JoinAsync(Node("docs", "c", 4), LedgerFilling.None).WaitAsync(s_patience))).Message.ShouldContain("with 2 nodes, the first at b");
    }

    [Fact]
    public async Task JoinAsync_AfterTheClusterDied_IsFree()
    {
        var first = await OpenAsync();
        await first.JoinAsync(Node("docs", "a", 1), LedgerFilling.None);
        await first.DisposeAsync(); // Its session ends, as that of a killed process does.
        await using var second = await OpenAsync();
        (await second.JoinAsync(Node("wiki", "b", 2), LedgerFilling.None).WaitAsync(s_patience)).ShouldNotBeNull();
    }

    [Fact]
    public async Task JoinAsync_TheNodeThatWasHereBefore_IsWaitedForUntilItsSessionEnds()
    {
        await using var first = await OpenAsync();
        var old = await first.JoinAsync(Node("docs", "a", 1), LedgerFilling.None);
        await using var second = await OpenAsync();
        var started = second.JoinAsync(Node("docs", "a", 2), LedgerFilling.None);
        await TroubleAsync(second, "has been started again since");
        await old!.DisposeAsync();
        (await started.WaitAsync(s_patience)).ShouldNotBeNull();
    }

    [Fact]
    public async Task AcquireAsync_ARunOfOneMachine_IsRefusedWhileAClusterHoldsIt()
    {
        await using var cluster = await OpenAsync();
        await using var held = await cluster.JoinAsync(Node("docs", "a", 1), LedgerFilling.None);
        await using var run = await OpenAsync();
        var refused = await Should.ThrowAsync<LedgerHeldException>(() => run.AcquireAsync(new LeaseRequest("ingest"), LedgerFilling.None).WaitAsync(s_patience));
        refused.Message.ShouldContain("the cluster 'docs'");
        refused.Message.ShouldContain("sluice ingest --cluster");
        await using var comparing = await run.AcquireAsync(new LeaseRequest("verify") { BesideIdleCluster = true }, LedgerFilling.None);
    }

    [Fact]
    public async Task JoinAsync_WhileARunHoldsIt_IsRefusedWithItsName()
    {
        await using var run = await OpenAsync();
        await using var lease = await run.AcquireAsync(new LeaseRequest("ingest /corpus"), LedgerFilling.None);
        await using var cluster = await OpenAsync();
        (await Should.ThrowAsync<LedgerHeldException>(() => cluster.JoinAsync(Node("docs", "a", 1), LedgerFilling.None).WaitAsync(s_patience))).Message.ShouldContain("ingest /corpus");
    }

    [Fact]
    public async Task Lost_AnotherClusterCameFirstWhileTheSessionWasCut_StopsThisOne()
    {
        await using var first = await OpenAsync();
        await using var held = await first.JoinAsync(Node("docs", "a", 1), LedgerFilling.None);
        await using var thief = await database.Server.ConnectAsync(database.Name);
        await using (var command = thief.CreateCommand())
        {
            // As a second cluster would that comes between the loss and its noticing.
            var schema = _address.Split("schema=")[1];
            command.CommandText =
                $"""
                SELECT pg_terminate_backend(backend) FROM {schema}.ledger_nodes;
                SELECT pg_advisory_lock_shared(hashtextextended('sluice ledger {schema}', 0));
                UPDATE {schema}.ledger_nodes SET token = gen_random_uuid(), incarnation = gen_random_uuid(), cluster = 'wiki', address = 'b', backend = pg_backend_pid(), began = NULL;
                """;
            await command.ExecuteNonQueryAsync();
        }

        (await held!.Lost.WaitAsync(s_patience)).ShouldContain("the cluster 'wiki'");
        (await Should.ThrowAsync<LedgerHeldException>(() => first.SummarizeAsync(LedgerFilling.Sink, LedgerFilling.None))).Message.ShouldContain("'wiki'");
    }

    [Fact]
    public async Task Session_CutAlone_IsMadeAgainAndTheLeaseKept()
    {
        await using var first = await OpenAsync();
        await using var held = await first.JoinAsync(Node("docs", "a", 1), LedgerFilling.None);
        var schema = _address.Split("schema=")[1];
        var backend = await database.Server.ExecuteAsync(database.Name, $"SELECT backend FROM {schema}.ledger_nodes");
        await database.Server.ExecuteAsync(database.Name, $"SELECT pg_terminate_backend({backend})");
        using var patience = new CancellationTokenSource(s_patience);
        while (await database.Server.ExecuteAsync(database.Name, $"SELECT count(*) FROM {schema}.ledger_nodes WHERE backend <> {backend}") is 0L)
        {
            patience.Token.ThrowIfCancellationRequested();
        }

        held!.Lost.IsCompleted.ShouldBeFalse();
        await first.ListAsync(LedgerFilling.Documents(3));
    }

    private static ClusterLeaseRequest Node(string cluster, string address, long incarnation, params (string Address, long Incarnation)[] others) =>
        new(cluster, address, incarnation, () => [(address, incarnation), .. others]);

    private async Task<ILedger> OpenAsync()
    {
        var ledger = Sluice.Actors.Ledgers.Ledgers.Open(_address, TimeProvider.System);
        await ledger.InitializeAsync(LedgerFilling.None);
        return ledger;
    }

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
