using Microsoft.Data.Sqlite;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Storage.Sqlite;

/// <summary>Finds and loads sqlite-vec, the extension that stores and compares vectors.</summary>
internal static class VectorExtension
{
    /// <summary>Loads the extension into <paramref name="connection"/>, from beside the program and from nowhere else.</summary>
    /// <exception cref="StorageException">It is missing, or does not fit this machine.</exception>
    public static void Load(SqliteConnection connection) => Load(connection, Locate());

    internal static void Load(SqliteConnection connection, string path)
    {
        if (!File.Exists(path))
        {
            throw new StorageException(
                $"The SQLite extension for vectors is missing: '{path}'. Run './sluice setup' (or 'npm ci', then build again); it comes from the npm package sqlite-vec.");
        }

        try
        {
            connection.EnableExtensions(true);
            connection.LoadExtension(path);
            connection.EnableExtensions(false);
        }
        catch (SqliteException exception)
        {
            throw new StorageException(
                $"The SQLite extension for vectors, '{path}', cannot be loaded on this machine: {exception.Message} Put the sqlite-vec library for this operating system and processor in its place.",
                exception);
        }
    }

    private static string Locate()
    {
        var name = OperatingSystem.IsWindows() ? "vec0.dll" : OperatingSystem.IsMacOS() ? "vec0.dylib" : "vec0.so";
        return Path.Join(AppContext.BaseDirectory, name);
    }
}
