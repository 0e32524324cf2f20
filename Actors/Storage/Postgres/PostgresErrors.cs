using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Storage.Postgres;

/// <summary>Turns PostgreSQL's errors into words that name the database and say what to mend; tells those that pass by themselves from those that do not. Whether a call waits for it is said by who waits (<see cref="PostgresTrouble"/>), or ends at it (<see cref="PostgresMigrations"/>).</summary>
internal static class PostgresErrors
{
    private const string Guide = "docs/cluster-postgresql.md";

    // Not among Npgsql's constants, or clearer by name.
    private const string ReadOnlyTransaction = "25006";
    private const string DatabaseDropped = "57P04";
    private const string MissingStatement = "26000";

    /// <summary>Makes the exception to throw for <paramref name="exception"/>, which happened at <paramref name="address"/>: a <see cref="TransientException"/> when it may pass.</summary>
    public static Exception Translate(Exception exception, PostgresAddress address) => exception switch
    {
        PostgresException server => Translate(server, address),
        NpgsqlException { InnerException: SluiceException inner } => inner,
        NpgsqlException { InnerException: AuthenticationException inner } =>
            new StorageException($"TLS with PostgreSQL at {address.Display} failed: {inner.Message} Mend the certificate; another sslmode or root-certificate needs a new start. {Guide} describes them.", exception) { IsMendable = true },
        NpgsqlException { InnerException: TimeoutException or SocketException or IOException } or TimeoutException or SocketException or IOException =>
            new TransientException($"PostgreSQL at {address.Display} does not answer: {Words(exception)}", innerException: exception),
        NpgsqlException { IsTransient: true } => new TransientException($"PostgreSQL at {address.Display} failed: {exception.Message}", innerException: exception),
        NpgsqlException => new StorageException($"PostgreSQL at {address.Display} cannot be used: {exception.Message} The call was given up. Look into the server's log, mend what it says and run again.", exception),
        _ => exception,
    };

    private static string Words(Exception exception) => exception.InnerException switch
    {
        TimeoutException => "it took too long.",
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => "nothing listens there.",
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData } => "the host's name is not known.",
        EndOfStreamException => "it closed the connection.",
        { } inner => inner.Message,
        null => exception.Message,
    };

    private static Exception Translate(PostgresException exception, PostgresAddress address) => exception.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
            new StorageException($"PostgreSQL at {address.Display} refused the user or password: {exception.MessageText}. Give the user that password, or correct the password file, which is read again each time; another address, PGUSER or PGPASSWORD needs a new start.", exception) { IsMendable = true },
        PostgresErrorCodes.InvalidCatalogName or DatabaseDropped =>
            new StorageException($"PostgreSQL at {address.Display} has no such database. Create it: createdb {address.Display[(address.Display.LastIndexOf('/') + 1)..]} (or restore the one that was there).", exception) { IsMendable = true },
        PostgresErrorCodes.InsufficientPrivilege =>
            new StorageException($"PostgreSQL at {address.Display} forbids it to the user {address.User}: {exception.MessageText}. Grant what {Guide} lists.", exception) { IsMendable = true },
        PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.InvalidSchemaName =>
            new StorageException($"PostgreSQL at {address.Display} lacks a table of Sluice in the schema {address.Schema}: {exception.MessageText}. Was it dropped, or the database restored? Restore it from a backup; a new start creates it empty, and everything is indexed anew.", exception) { IsMendable = true },
        MissingStatement =>
            new StorageException($"PostgreSQL at {address.Display} forgot a prepared statement: {exception.MessageText}. Connect to the server itself, not through a pooler of transactions, and run again.", exception),
        { } state when MayPass(state) =>
            new TransientException($"PostgreSQL at {address.Display} cannot take it now: {exception.MessageText} ({state})", innerException: exception),
        _ => new StorageException($"PostgreSQL at {address.Display} refused a statement: {exception.MessageText} ({exception.SqlState}). The call was given up. The server's log has more; where nothing there can be mended, report it.", exception),
    };

    /// <summary>Connections, resources (memory, disk, slots), an operator's stop, another transaction's locks, a server that may only be read just now.</summary>
    private static bool MayPass(string state) =>
        state.StartsWith("08", StringComparison.Ordinal)
        || state.StartsWith("53", StringComparison.Ordinal)
        || state.StartsWith("57", StringComparison.Ordinal)
        || state.StartsWith("40", StringComparison.Ordinal)
        || state is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.ObjectInUse or ReadOnlyTransaction;
}
