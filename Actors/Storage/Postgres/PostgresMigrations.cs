using System.Globalization;
using Npgsql;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Storage.Postgres;

/// <summary>
/// Brings the tables of one part of Sluice to this program's version: in one transaction, under a lock, so that any number of nodes may start at once. Where nothing
/// is to be done it only reads, and needs no right to create anything.
/// </summary>
/// <param name="part">Name of the part, as it stands in <c>sluice_versions</c>.</param>
/// <param name="steps">One step a version, never changed once released: step N brings version N - 1 to version N.</param>
internal sealed class PostgresMigrations(string part, string[][] steps)
{
    /// <summary>Oldest server that has what the statements use.</summary>
    private const int OldestServer = 13;

    /// <summary>Seconds that nodes wait for the one that migrates.</summary>
    private const int Patience = 600;

    private const string VersionsTable = "pg_catalog.pg_tables WHERE schemaname = $1 AND tablename = 'sluice_versions'";
    private const string Namespace = "pg_catalog.pg_namespace WHERE nspname = $1";

    /// <summary>The newest version.</summary>
    public int Version => steps.Length;

    /// <summary>Checks the server, then creates or migrates the tables. Tried once: what is wrong at the start is told at once.</summary>
    /// <exception cref="StorageException">It cannot be reached, lacks rights, is too old, or was made by a newer Sluice.</exception>
    public async Task RunAsync(PostgresDatabase database, CancellationToken cancellationToken)
    {
        try
        {
            await database.TryAsync(
                async (connection, stop) =>
                {
                    await CheckServerAsync(connection, database.Address, stop).ConfigureAwait(false);
                    if (await FindVersionAsync(connection, database.Address, stop).ConfigureAwait(false) < steps.Length)
                    {
                        await MigrateAsync(connection, database.Address, stop).ConfigureAwait(false);
                    }

                    return true;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (TransientException exception)
        {
            throw new StorageException($"{exception.Message} Nothing was begun. Start the server or correct the address, then run again.", exception);
        }
        catch (StorageException exception) when (exception.IsMendable)
        {
            throw new StorageException($"{exception.Message} Nothing was begun; run again then.", exception) { IsMendable = true };
        }
    }

    private static async Task CheckServerAsync(NpgsqlConnection connection, PostgresAddress address, CancellationToken cancellationToken)
    {
        if (connection.PostgreSqlVersion.Major < OldestServer)
        {
            throw new StorageException(string.Create(
                CultureInfo.InvariantCulture, $"PostgreSQL at {address.Display} is version {connection.PostgreSqlVersion}; Sluice needs {OldestServer} or later. Update the server."));
        }

        var encodings = await connection.ReadAsync(static batch => batch.Then("SHOW server_encoding"), static row => row.GetString(0), cancellationToken).ConfigureAwait(false);
        if (encodings[0] != "UTF8")
        {
            throw new StorageException(
                $"The database {address.Display} stores text as {encodings[0]}. Create one for Sluice that stores UTF-8: createdb --encoding=UTF8 --template=template0 NAME");
        }
    }

    private async Task<int> FindVersionAsync(NpgsqlConnection connection, PostgresAddress address, CancellationToken cancellationToken)
    {
        if (!await ExistsAsync(connection, VersionsTable, address.Schema, cancellationToken).ConfigureAwait(false))
        {
            return 0;
        }

        var versions = await connection.ReadAsync(
            batch => batch.Then("SELECT version FROM sluice_versions WHERE part = $1", PostgresBatch.Of(part)), static row => row.GetInt32(0), cancellationToken).ConfigureAwait(false);
        var version = versions.Count > 0 ? versions[0] : 0;
        return version <= steps.Length
            ? version
            : throw new StorageException(string.Create(
                CultureInfo.InvariantCulture,
                $"The schema {address.Schema} of {address.Display} was made by a newer Sluice ({part} {version}; this program knows {steps.Length}). Update Sluice, or name another schema; this one was left as it is."));
    }

    private async Task MigrateAsync(NpgsqlConnection connection, PostgresAddress address, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using var rollback = transaction.ConfigureAwait(false);
        await connection.ExecuteAsync(
            batch => batch
                .Then("SELECT set_config('statement_timeout', $1, true)", PostgresBatch.Of(string.Create(CultureInfo.InvariantCulture, $"{Patience * 1000}")))
                .Then("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", PostgresBatch.Of("sluice schema " + address.Schema)),
            cancellationToken,
            Patience).ConfigureAwait(false);

        // Asked again inside: another node may have done it meanwhile. Creating needs a right even where the thing is there.
        if (!await ExistsAsync(connection, Namespace, address.Schema, cancellationToken).ConfigureAwait(false))
        {
            await connection.ExecuteAsync(batch => batch.Then($"CREATE SCHEMA \"{address.Schema}\""), cancellationToken).ConfigureAwait(false);
        }

        if (!await ExistsAsync(connection, VersionsTable, address.Schema, cancellationToken).ConfigureAwait(false))
        {
            await connection.ExecuteAsync(
                batch => batch.Then($"CREATE TABLE \"{address.Schema}\".sluice_versions (part text PRIMARY KEY, version int NOT NULL)"), cancellationToken).ConfigureAwait(false);
        }

        var version = await FindVersionAsync(connection, address, cancellationToken).ConfigureAwait(false);
        foreach (var statement in steps.Skip(version).SelectMany(static step => step))
        {
            await connection.ExecuteAsync(batch => batch.Then(statement), cancellationToken, Patience).ConfigureAwait(false);
        }

        await connection.ExecuteAsync(
            batch => batch.Then(
                "INSERT INTO sluice_versions (part, version) VALUES ($1, $2) ON CONFLICT (part) DO UPDATE SET version = excluded.version",
                PostgresBatch.Of(part),
                PostgresBatch.Of(steps.Length)),
            cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task<bool> ExistsAsync(NpgsqlConnection connection, string from, string schema, CancellationToken cancellationToken)
    {
        var exists = await connection.ReadAsync(
            batch => batch.Then($"SELECT EXISTS (SELECT FROM {from})", PostgresBatch.Of(schema)), static row => row.GetBoolean(0), cancellationToken).ConfigureAwait(false);
        return exists[0];
    }
}
