namespace Sluice.Actors.Storage.Sqlite;

/// <summary>Version 2: documents whose processing was interrupted and begun anew are marked until they were compared with the sink.</summary>
internal static class SqliteSchemaV2
{
    public static readonly string[] Statements =
    [
        "ALTER TABLE ledger_documents ADD COLUMN unconfirmed INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX ledger_documents_unconfirmed ON ledger_documents(sink, num) WHERE unconfirmed = 1",
    ];
}
