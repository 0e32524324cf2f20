using Microsoft.Data.Sqlite;
using SQLitePCL;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Storage.Sqlite;

/// <summary>Turns SQLite's result codes into words that name the file and say what to do.</summary>
internal static class SqliteErrors
{
    /// <summary>Makes the exception to throw for <paramref name="exception"/>, which happened in the file at <paramref name="path"/>.</summary>
    public static Exception Translate(Exception exception, string path) => exception switch
    {
        SqliteException sqlite => Translate(sqlite, path),
        UnauthorizedAccessException => new StorageException($"'{path}' may not be opened: {exception.Message} Give this user the right to write there, or name another file.", exception),
        IOException => new StorageException($"'{path}' cannot be used: {exception.Message}", exception),
        _ => exception,
    };

    /// <summary>Whether the connection that saw it should not be used again.</summary>
    public static bool SpoilsConnection(Exception exception) =>
        exception is SqliteException { SqliteErrorCode: raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_IOERR or raw.SQLITE_FULL or raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN or raw.SQLITE_MISUSE };

    private static Exception Translate(SqliteException exception, string path)
    {
        switch (exception.SqliteErrorCode)
        {
            case raw.SQLITE_BUSY or raw.SQLITE_LOCKED:
                return new TransientException($"'{path}' is locked by another process that writes it.", innerException: exception);
            case raw.SQLITE_FULL:
                return new StorageException($"There is no room left for '{path}': the disk is full, or the file has reached its limit. Make room and run again; what was committed is safe.", exception);
            case raw.SQLITE_READONLY:
                return new StorageException($"'{path}' is read-only: the file, its folder or its file system may not be written. Make it writable, or name another file.", exception);
            case raw.SQLITE_CANTOPEN:
            case raw.SQLITE_IOERR when Directory.Exists(path):
                return new StorageException(CannotOpen(path), exception);
            case raw.SQLITE_PERM or raw.SQLITE_AUTH:
                return new StorageException($"'{path}' may not be opened by this user. Give this user the right to read and write it, or name another file.", exception);
            case raw.SQLITE_NOTADB:
                return new StorageException($"'{path}' is not a SQLite database. Name another file; this one was left as it is.", exception);
            case raw.SQLITE_CORRUPT:
                return new StorageException(Damaged(path), exception);
            case raw.SQLITE_IOERR:
                return new StorageException($"The disk below '{path}' failed: {exception.Message} Check the disk and run again; what was committed is safe as far as the disk kept it.", exception);
            case raw.SQLITE_NOMEM:
                return new StorageException($"SQLite found no memory for '{path}'.", exception);
            default:
                return new StorageException($"SQLite refused a statement on '{path}': {exception.Message}", exception);
        }
    }

    public static string Damaged(string path) =>
        $"'{path}' is damaged. Put back a copy, or delete it together with its '-wal' and '-shm' files and ingest again.";

    private static string CannotOpen(string path)
    {
        if (Directory.Exists(path))
        {
            return $"'{path}' is a folder. Name a file in it: 'sqlite:{Path.Join(path, "sluice.db")}'.";
        }

        var folder = Path.GetDirectoryName(path);
        return folder is not null && !Directory.Exists(folder)
            ? $"'{path}' cannot be opened: there is no folder '{folder}'."
            : $"'{path}' cannot be opened: it, its folder or its file system is read-only, belongs to another user, or the disk is full. Make it writable, or name another file.";
    }
}
