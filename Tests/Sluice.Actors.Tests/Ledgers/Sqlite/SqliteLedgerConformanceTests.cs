using Sluice.Streams.Ledger;
using Sluice.TestKit.Conformance;

namespace Sluice.Actors.Tests.Ledgers.Sqlite;

public sealed class SqliteLedgerConformanceTests : LedgerConformanceTests
{
    private readonly ScratchFolder _folder = new();

    protected override ILedger Open() => Sluice.Actors.Ledgers.Ledgers.Open($"sqlite:{_folder.File("ledger.db")}", TimeProvider.System);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}
