namespace Sluice.Actors.Storage.Sqlite;

/// <summary>
/// Version 5: doubts are numbered, so that a comparison confirms those that were there when it began, and no later one. The number begins with the walk that found the document first in
/// its upper half: one that was removed and comes back repeats none.
/// </summary>
internal static class SqliteSchemaV5
{
    public static readonly string[] Statements =
    [
        "ALTER TABLE ledger_documents ADD COLUMN doubts INTEGER NOT NULL DEFAULT 0",
    ];
}
