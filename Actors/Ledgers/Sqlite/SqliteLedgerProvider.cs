using Sluice.Actors.Storage.Sqlite;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers.Sqlite;

/// <summary>Opens ledgers in SQLite files.</summary>
internal sealed class SqliteLedgerProvider : ILedgerProvider
{
    public string Scheme => SqliteAddress.Scheme;

    public string Example => "sqlite:./sluice.db";

    public ILedger Open(string uri, TimeProvider timeProvider)
    {
        var address = SqliteAddress.Parse(uri);
        return new SqliteLedger(address.Path, new SqliteOptions { SynchronousCommit = address.SynchronousCommit ?? false }, timeProvider);
    }
}
