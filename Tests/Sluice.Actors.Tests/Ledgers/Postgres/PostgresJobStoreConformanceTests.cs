using Sluice.Actors.Ledgers;
using Sluice.Streams.Ledger;
using Sluice.TestKit.Conformance;
using Sluice.TestKit.Postgres;

namespace Sluice.Actors.Tests.Ledgers.Postgres;

public sealed class PostgresJobStoreConformanceTests(PostgresTestDatabase database) : JobStoreConformanceTests, IClassFixture<PostgresTestDatabase>
{
    private readonly string _address = database.NewAddress();

    protected override IJobStore Open() => JobStores.Open(_address.Replace("postgres://", "postgresql://", StringComparison.Ordinal), TimeProvider.System);
}
