using Microsoft.Data.Sqlite;
using SQLitePCL;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Storage.Sqlite;

/// <summary>The tables of a Sluice file, their version, and how to come from an older one.</summary>
internal static class SqliteSchema
{
    /// <summary>Marks a file as Sluice's: 'Slui' in ASCII.</summary>
    public const int ApplicationId = 0x536C7569;

    /// <summary>Bytes of a page. Vectors lie in blobs of hundreds of kilobytes: pages of 8 KiB halve the hops to a vector's place.</summary>
    public const int PageSize = 8192;

    /// <summary>One step a version, never changed once released: step N brings a file of version N - 1 to version N.</summary>
    private static readonly string[][] s_steps = [SqliteSchemaV1.Statements, SqliteSchemaV2.Statements, SqliteSchemaV3.Statements, SqliteSchemaV4.Statements, SqliteSchemaV5.Statements];

    /// <summary>Checks that a file is Sluice's, of a version this program knows.</summary>
    /// <returns>False when there is nothing in it yet.</returns>
    /// <exception cref="StorageException">It is another program's, or a newer Sluice's.</exception>
    public static bool Identify(SqliteSession session, string path)
    {
        var version = session.Scalar("PRAGMA user_version");
        var application = session.Scalar("PRAGMA application_id");
        if (version == 0 && application == 0 && session.Scalar("SELECT count(*) FROM sqlite_schema") == 0)
        {
            return false;
        }

        if (application != ApplicationId)
        {
            throw new StorageException($"'{path}' is the database of another program. Name another file; this one was left as it is.");
        }

        if (version > s_steps.Length)
        {
            throw new StorageException(
                $"'{path}' was made by a newer Sluice (schema {version}; this program knows {s_steps.Length}). Update Sluice, or name another file; this one was left as it is.");
        }

        return version > 0;
    }

    /// <summary>Brings the schema to the newest version, in one transaction.</summary>
    public static void Migrate(SqliteSession session)
    {
        if (session.Scalar("PRAGMA user_version") >= s_steps.Length)
        {
            return;
        }

        session.Execute("BEGIN IMMEDIATE");
        try
        {
            // Asked again inside: another process may have done it meanwhile.
            for (var version = (int)session.Scalar("PRAGMA user_version"); version < s_steps.Length; version++)
            {
                foreach (var statement in s_steps[version])
                {
                    session.Execute(statement);
                }
            }

            session.Execute($"PRAGMA application_id = {ApplicationId}");
            session.Execute($"PRAGMA user_version = {s_steps.Length}");
            session.Execute("COMMIT");
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode != raw.SQLITE_MISUSE)
        {
            if (session.InTransaction)
            {
                session.Execute("ROLLBACK");
            }

            throw;
        }
    }
}
