using Sluice.Actors.Storage.Sqlite;
using Sluice.Actors.Tests.Ledgers.Postgres;
using Sluice.Streams.Ledger;
using Sluice.TestKit.Conformance;

namespace Sluice.Actors.Tests.Ledgers.Sqlite;

/// <summary>Ledgers that an earlier version has made.</summary>
public sealed class SqliteLedgerMigrationTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task InitializeAsync_LedgerWithoutNumbersOfDoubts_KeepsItsDoubts()
    {
        var path = _scratch.File("old.db");
        var document = LedgerFilling.Documents(1)[0];
        await using (var made = Sluice.Actors.Ledgers.Ledgers.Open($"sqlite:{path}", TimeProvider.System))
        {
            await made.InitializeAsync(LedgerFilling.None);
            await made.SettleAsync(await made.ListAsync(document), LedgerFilling.AllSlots);
            await made.DoubtAsync(LedgerFilling.Sink, [(document.Id, 1)], LedgerFilling.None);
        }

        await using (var database = SqliteDatabase.Share(path, new SqliteOptions()))
        {
            await database.WriteAsync(
                static session =>
                {
                    session.Execute("ALTER TABLE ledger_documents DROP COLUMN doubts");
                    session.Execute("PRAGMA user_version = 4");
                },
                1,
                LedgerFilling.None);
        }

        await using var ledger = Sluice.Actors.Ledgers.Ledgers.Open($"sqlite:{path}", TimeProvider.System);
        await ledger.InitializeAsync(LedgerFilling.None);
        var walk = await ledger.BeginWalkAsync(LedgerFilling.Spec, resume: true, LedgerFilling.None);
        var found = (await ledger.ListUnconfirmedAsync(walk, 10, LedgerFilling.None)).Single();
        found.Doubt.ShouldBe(0);
        (await ledger.DoubtAsync(LedgerFilling.Sink, [(document.Id, 1)], LedgerFilling.None))[document.Id].ShouldBe(1);
        await ledger.ConfirmAsync(LedgerFilling.Sink, [(document.Id, 1, 0)], LedgerFilling.None);
        (await ledger.ListUnconfirmedAsync(walk, 10, LedgerFilling.None)).Count.ShouldBe(1);
        await ledger.ConfirmAsync(LedgerFilling.Sink, [(document.Id, 1, 1)], LedgerFilling.None);
        (await ledger.ListUnconfirmedAsync(walk, 10, LedgerFilling.None)).ShouldBeEmpty();
    }
}
