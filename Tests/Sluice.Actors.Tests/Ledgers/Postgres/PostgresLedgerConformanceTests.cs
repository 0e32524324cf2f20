using Sluice.Streams.Ledger;
using Sluice.TestKit.Conformance;
using Sluice.TestKit.Postgres;

namespace Sluice.Actors.Tests.Ledgers.Postgres;

public sealed class PostgresLedgerConformanceTests(PostgresTestDatabase database) : LedgerConformanceTests, IClassFixture<PostgresTestDatabase>
{
    private readonly string _address = database.NewAddress();

    protected override ILedger Open() => Sluice.Actors.Ledgers.Ledgers.Open(_address, TimeProvider.System);
}
