using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;
using Sluice.Actors.Ledgers.Postgres;
using Sluice.Actors.Storage.Postgres;
using Sluice.Streams.Ledger;
using Sluice.TestKit.Postgres;

namespace Sluice.Actors.Tests.Ledgers.Postgres;

/// <summary>The questions that are asked all the time are answered along an index, and look at no more rows than they return.</summary>
public sealed partial class PostgresLedgerPlanTests(PostgresTestDatabase database) : IClassFixture<PostgresTestDatabase>
{
    private const int Count = 20_000;
    private readonly string _address = database.NewAddress();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Questions_OverAFilledLedger_ReadOnlyWhatTheyReturn(bool analyzed)
    {
        await using var ledger = Sluice.Actors.Ledgers.Ledgers.Open(_address, TimeProvider.System);
        await ledger.InitializeAsync(LedgerFilling.None);
        var walk = await ledger.ListAsync(LedgerFilling.Documents(Count));
        await ledger.SettleAsync(walk, LedgerFilling.AllSlots, Count - 500);
        if (analyzed)
        {
            // Entries of settled documents go with a vacuum, or with the first reading that passes them.
            await ExecuteAsync("VACUUM ANALYZE ledger_documents");
        }

        NpgsqlParameter sink = PostgresBatch.Of(LedgerFilling.Sink), configuration = PostgresBatch.Of(LedgerFilling.Spec.Configuration);
        NpgsqlParameter[] pending = [sink, configuration, PostgresBatch.Of(walk.Id), PostgresBatch.Of(0), PostgresBatch.Of(4096), PostgresBatch.Of(100L)];
        await ExplainAsync(PostgresLedger.PendingStatement, pending);
        var plan = await ExplainAsync(PostgresLedger.PendingStatement, pending);
        plan.ShouldContain("Index Scan using ledger_documents_pending");
        plan.ShouldNotContain("Rows Removed", Case.Sensitive, plan);
        plan.ShouldNotContain("Sort", Case.Sensitive, plan);
        Buffers(plan).ShouldBeLessThan(600, plan);

        plan = await ExplainAsync(PostgresLedger.TwinStatement, [sink, PostgresBatch.Of("hash 77"), configuration, PostgresBatch.Of(Guid.Empty)]);
        plan.ShouldContain("ledger_documents_content");
        Buffers(plan).ShouldBeLessThan(40, plan);

        plan = await ExplainAsync(PostgresLedger.UnconfirmedStatement, [sink, PostgresBatch.Of(1L), PostgresBatch.Of(100)]);
        plan.ShouldContain("Index Scan using ledger_documents_unconfirmed");
        Buffers(plan).ShouldBeLessThan(40, plan);

        plan = await ExplainAsync(
            PostgresLedger.RemovedStatement, PostgresLedger.RemovedParameters(walk, ("s3://bucket/000015000", 0), ("s3://bucket0", long.MaxValue), 100));
        plan.ShouldContain("Index Scan using ledger_documents_uri");
        plan.ShouldNotContain("Seq Scan", Case.Sensitive, plan);
        Rows(plan).ShouldBeLessThanOrEqualTo(5_001, plan);
    }

    [Fact]
    public async Task AddListingAsync_UnchangedDocuments_UpdatesThemWithinTheirPages()
    {
        var ledger = Sluice.Actors.Ledgers.Ledgers.Open(_address, TimeProvider.System);
        await ledger.InitializeAsync(LedgerFilling.None);
        var documents = LedgerFilling.Documents(Count);
        await ledger.SettleAsync(await ledger.ListAsync(documents), LedgerFilling.AllSlots);
        await ExecuteAsync("VACUUM FULL ledger_documents");
        await ledger.DisposeAsync();
        var before = await UpdatesAsync(2 * Count);
        await using (var again = Sluice.Actors.Ledgers.Ledgers.Open(_address, TimeProvider.System))
        {
            var walk = await again.ListAsync(documents);
            (await again.ListPendingAsync(walk, LedgerFilling.AllSlots, LedgerFilling.Nothing, 10, LedgerFilling.None)).ShouldBeEmpty();
        }

        ((await UpdatesAsync(3 * Count) - before) / (double)Count).ShouldBeGreaterThan(0.5, "updates that touch no index");
    }

    /// <summary>Updates within their page, once so many updates are counted: a connection counts when it ends.</summary>
    private async Task<long> UpdatesAsync(long all)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            await using var connection = await OpenAsync();
            var counts = await connection.ReadAsync(
                static batch => batch.Then("SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE schemaname = current_schema AND relname = 'ledger_documents'"),
                static row => (All: row.GetInt64(0), Hot: row.GetInt64(1)),
                patience.Token);
            if (counts[0].All >= all)
            {
                return counts[0].Hot;
            }
        }
    }

    private async Task<string> ExplainAsync(string statement, NpgsqlParameter[] parameters)
    {
        await using var connection = await OpenAsync("-c plan_cache_mode=force_custom_plan -c enable_seqscan=off -c enable_bitmapscan=off -c enable_hashjoin=off -c enable_mergejoin=off");
        var lines = await connection.ReadAsync(
            batch => batch.Then("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) " + statement, [.. parameters.Select(static parameter => (NpgsqlParameter)parameter.Clone())]),
            static row => row.GetString(0),
            LedgerFilling.None);
        return string.Join('\n', lines);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await connection.ExecuteAsync(batch => batch.Then(sql), LedgerFilling.None);
    }

    private async Task<NpgsqlConnection> OpenAsync(string options = "")
    {
        var address = PostgresAddress.Parse(_address);
        var source = address.CreateDataSource(builder => (builder.Pooling, builder.MaxAutoPrepare, builder.SearchPath, builder.Options) = (false, 0, address.Schema, options));
        return await source.OpenConnectionAsync();
    }

    private static long Buffers(string plan) => BufferCount().Matches(plan.Split('\n').First(static line => line.Contains("Buffers", StringComparison.Ordinal)))
        .Sum(static match => long.Parse(match.Groups["n"].Value, CultureInfo.InvariantCulture));

    private static long Rows(string plan) => RowCount().Matches(plan).Max(static match => long.Parse(match.Groups["n"].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex("(hit|read)=(?<n>[0-9]+)", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex BufferCount();

    [GeneratedRegex("actual rows=(?<n>[0-9]+)", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex RowCount();
}
