using Npgsql;

namespace Sluice.Actors.Storage.Postgres;

/// <summary>Which history a connection continues: a standby that is promoted begins another timeline, a database that is copied or restored has another system or timeline.</summary>
/// <param name="System">The server's identifier, made once with its data.</param>
/// <param name="Timeline">The timeline it writes.</param>
internal sealed record PostgresOrigin(long System, string Timeline)
{
    /// <summary>Asks a connection.</summary>
    /// <returns>Its origin; null where the server does not tell, since it may only be read just now or this user may not ask.</returns>
    public static async Task<PostgresOrigin?> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            var origins = await connection.ReadAsync(
                static batch => batch.Then(
                    """
                    SELECT system_identifier, CASE WHEN pg_is_in_recovery() THEN NULL ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END
                      FROM pg_control_system()
                    """),
                static row => row.IsDBNull(1) ? null : new PostgresOrigin(row.GetInt64(0), row.GetString(1)),
                cancellationToken).ConfigureAwait(false);
            return origins[0];
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            return null;
        }
    }
}
