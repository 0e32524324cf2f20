using Sluice.Actors.Storage.Postgres;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers.Postgres;

/// <summary>Opens ledgers in PostgreSQL databases.</summary>
/// <param name="scheme"><c>postgres</c> or <c>postgresql</c>.</param>
internal sealed class PostgresLedgerProvider(string scheme) : ILedgerProvider
{
    public string Scheme => scheme;

    public string Example => scheme + "://USER:PASSWORD@HOST/DATABASE";

    public ILedger Open(string uri, TimeProvider timeProvider) => new PostgresLedger(PostgresAddress.Parse(uri), timeProvider);
}
