namespace Sluice.Actors.Storage.Sqlite;

/// <summary>Version 3: collections say how the components of their vectors are kept; those there are have 32-bit floats.</summary>
internal static class SqliteSchemaV3
{
    public static readonly string[] Statements = ["ALTER TABLE sink_collections ADD COLUMN elements INTEGER NOT NULL DEFAULT 0"];
}
