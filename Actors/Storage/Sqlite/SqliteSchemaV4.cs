namespace Sluice.Actors.Storage.Sqlite;

/// <summary>Version 4: walks know their source's root and how much they removed, documents the walk that found them first; what was removed is noted.</summary>
internal static class SqliteSchemaV4
{
    public static readonly string[] Statements =
    [
        "ALTER TABLE ledger_walks ADD COLUMN root TEXT",
        "ALTER TABLE ledger_walks ADD COLUMN removed INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE ledger_documents ADD COLUMN born INTEGER NOT NULL DEFAULT 0",

        """
        CREATE TABLE ledger_removals(
          num    INTEGER PRIMARY KEY AUTOINCREMENT,
          sink   INTEGER NOT NULL REFERENCES ledger_sinks(num),
          walk   INTEGER NOT NULL,
          at     INTEGER NOT NULL,
          chunks INTEGER NOT NULL,
          uri    TEXT NOT NULL
        )
        """,
        "CREATE INDEX ledger_removals_sink ON ledger_removals(sink, num)",
    ];
}
