using Npgsql;

namespace Sluice.Actors.Storage.Postgres;

/// <summary>Runs batches on a connection.</summary>
internal static class PostgresStatements
{
    /// <summary>Runs a batch in one round trip and one transaction.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="fill">Adds the statements.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <param name="timeout">Seconds; null for the address's.</param>
    /// <returns>Rows changed.</returns>
    public static async Task<int> ExecuteAsync(this NpgsqlConnection connection, Action<NpgsqlBatch> fill, CancellationToken cancellationToken, int? timeout = null)
    {
        using var batch = Make(connection, fill, timeout);
        return await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs a batch in one round trip and one transaction, and reads the rows of all its statements that return columns.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="fill">Adds the statements.</param>
    /// <param name="read">Reads one row.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <param name="timeout">Seconds; null for the address's.</param>
    /// <returns>The rows.</returns>
    public static async Task<List<T>> ReadAsync<T>(
        this NpgsqlConnection connection, Action<NpgsqlBatch> fill, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, int? timeout = null)
    {
        var rows = new List<T>();
        using var batch = Make(connection, fill, timeout);
        var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var disposal = reader.ConfigureAwait(false);
        do
        {
            while (reader.FieldCount > 0 && await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                rows.Add(read(reader));
            }
        }
        while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false));
        return rows;
    }

    private static NpgsqlBatch Make(NpgsqlConnection connection, Action<NpgsqlBatch> fill, int? timeout)
    {
        var batch = new NpgsqlBatch(connection);
        if (timeout is { } seconds)
        {
            batch.Timeout = seconds;
        }

        fill(batch);
        return batch;
    }
}
