namespace Sluice.Actors.Storage.Sqlite;

/// <summary>
/// Version 4: walks know their source's root and how much they removed, documents the walk that found them first; what was removed is noted. Walks have epochs, so that one who held a
/// walk and stood still while another took it over is refused. Documents say how often their processing was begun since it last ended.
/// </summary>
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

        // 0: nobody holds the walk any more; a later one has taken over its documents, or it was begun before there were epochs.
        "ALTER TABLE ledger_walks ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0",
        "CREATE TABLE ledger_epochs(one INTEGER PRIMARY KEY CHECK (one = 1), last INTEGER NOT NULL)",
        "INSERT INTO ledger_epochs VALUES (1, 0)",

        "ALTER TABLE ledger_documents ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0",
        "UPDATE ledger_documents SET attempts = 1 WHERE dirty = 1",
    ];
}
