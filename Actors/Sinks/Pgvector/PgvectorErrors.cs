using Npgsql;
using Sluice.Actors.Storage.Postgres;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Sinks.Pgvector;

/// <summary>PostgreSQL's errors as the sink sees them: those about one record, those about a collection that is not there, and the rest.</summary>
internal static class PgvectorErrors
{
    /// <summary>Makes the exception to throw.</summary>
    public static Exception Translate(Exception exception, PostgresAddress address) => exception switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } server => new StorageException(
            $"PostgreSQL at {address.Display} forbids it: {server.MessageText}. Grant the user what docs/sinks/pgvector.md lists.", exception) { IsMendable = true },
        PostgresException { SqlState: PostgresErrorCodes.InvalidAuthorizationSpecification or PostgresErrorCodes.InvalidPassword } server => new StorageException(
            $"PostgreSQL at {address.Display} refused the user or the password: {server.MessageText}. Check the address, password-file, PGUSER and PGPASSWORD.", exception) { IsMendable = true },
        _ => PostgresErrors.Translate(exception, address),
    };

    /// <summary>Whether the tables, or the schema, do not exist.</summary>
    public static bool IsMissing(Exception exception) =>
        exception is PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName };

    /// <summary>Whether a single record may be the cause: data that a column does not take, or a limit of the server that the record goes beyond.</summary>
    public static bool IsAboutRecord(PostgresException exception) =>
        exception.SqlState.StartsWith("22", StringComparison.Ordinal) || exception.SqlState.StartsWith("23", StringComparison.Ordinal) || exception.SqlState.StartsWith("54", StringComparison.Ordinal);

    /// <summary>Why a record was refused. The server's detail and context are left out: they may hold the text.</summary>
    public static Rejection Refusal(PostgresException exception) => Rejection.Dead(
        Reasons.RefusedBySink,
        $"The chunk was not stored: PostgreSQL refused it with {exception.SqlState}{(exception.SqlState.StartsWith("54", StringComparison.Ordinal) ? ", a limit on size: " + exception.MessageText : "")}.");
}
