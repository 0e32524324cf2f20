using System.Globalization;
using Npgsql;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Storage.Postgres;

/// <summary>
/// Where a PostgreSQL database is: <c>postgres://USER:PASSWORD@HOST:PORT/DATABASE?schema=NAME&amp;sslmode=verify-full&amp;root-certificate=FILE</c>. What is missing comes
/// from the usual variables (PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE, PGSSLMODE).
/// </summary>
internal sealed class PostgresAddress
{
    private readonly string _connection;
    private readonly Func<string>? _password;

    private PostgresAddress(string connection, Func<string>? password, string schema, string display, string user, IReadOnlyDictionary<string, string> parameters)
    {
        _connection = connection;
        _password = password;
        Schema = schema;
        Display = display;
        User = user;
        Parameters = parameters;
    }

    /// <summary>The schema that holds the tables. Default <c>public</c>.</summary>
    public string Schema { get; }

    /// <summary>Host, port and database, without user or secret: for messages.</summary>
    public string Display { get; }

    /// <summary>The database's user: for advice on rights.</summary>
    public string User { get; }

    /// <summary>Parameters of the query part.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; }

    /// <summary>Reads an address.</summary>
    /// <param name="uri">The URI, whatever its scheme.</param>
    /// <exception cref="ConfigurationException">It is malformed, or has a parameter that is not known or not legal. No secret is in the message.</exception>
    public static PostgresAddress Parse(string uri)
    {
        ArgumentNullException.ThrowIfNull(uri);
        var scheme = uri[..(uri.IndexOf(':', StringComparison.Ordinal) + 1)];
        if (!Uri.TryCreate(uri, UriKind.Absolute, out var parsed) || parsed.Fragment.Length > 0 || !uri.AsSpan(scheme.Length).StartsWith("//", StringComparison.Ordinal))
        {
            throw Malformed(scheme);
        }

        var database = Uri.UnescapeDataString(parsed.AbsolutePath.Trim('/'));
        if (database.AsSpan().ContainsAny('/', '@', '\0'))
        {
            throw Malformed(scheme); // Most likely a part of a password: it must not be shown.
        }

        var query = PostgresQuery.Read(parsed);
        var builder = new NpgsqlConnectionStringBuilder
        {
            ApplicationName = "sluice",
            Host = parsed.Host.Length > 0 ? parsed.Host.Trim('[', ']') : Variable("PGHOST") ?? "127.0.0.1",
            Port = parsed.Port > 0 ? parsed.Port : int.TryParse(Variable("PGPORT"), CultureInfo.InvariantCulture, out var port) ? port : 5432,
            Timeout = query.Number("connect-timeout", 5, 1, 300),
            CommandTimeout = query.Number("command-timeout", 60, 1, 3600),
            KeepAlive = 5,
            TcpKeepAlive = true,
            MaxPoolSize = query.Number("pool", 16, 2, 512),
        };
        var user = parsed.UserInfo.Split(':', 2);
        builder.Username = user[0].Length > 0 ? Uri.UnescapeDataString(user[0]) : Variable("PGUSER") ?? Environment.UserName;
        var password = user.Length > 1 ? null : query.Secret("password-file"); // Read here too, so that a file that cannot be read is told at the start.
        builder.Password = password is not null ? null : user.Length > 1 ? Uri.UnescapeDataString(user[1]) : Variable("PGPASSWORD");
        builder.Database = database.Length > 0 ? database : Variable("PGDATABASE") ?? builder.Username;
        if (query.SslMode(Variable("PGSSLMODE")) is { } mode)
        {
            builder.SslMode = mode;
        }

        if (query.File("root-certificate") is { } root)
        {
            builder.RootCertificate = root;
        }

        var display = string.Create(CultureInfo.InvariantCulture, $"{builder.Host}:{builder.Port}/{builder.Database}");
        return new(builder.ConnectionString, password is null ? null : () => query.Secret("password-file")!, query.Schema(), display, builder.Username, query.Parameters);
    }

    /// <summary>Makes the pool of connections. The caller disposes it.</summary>
    /// <remarks>A password of a file is read again for each connection: one that was changed there is used without a restart.</remarks>
    /// <param name="configure">Changes settings of its connections.</param>
    /// <param name="opened">Told of each connection that is made, before it is used.</param>
    public NpgsqlDataSource CreateDataSource(Action<NpgsqlConnectionStringBuilder>? configure = null, Func<NpgsqlConnection, Task>? opened = null)
    {
        var settings = new NpgsqlConnectionStringBuilder(_connection);
        configure?.Invoke(settings);
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        if (_password is { } password)
        {
            builder.UsePasswordProvider(_ => ReadAgain(password), (_, _) => ValueTask.FromResult(ReadAgain(password)));
        }

        if (opened is not null)
        {
            builder.UsePhysicalConnectionInitializer(static _ => throw new NotSupportedException("connections are opened asynchronously"), opened);
        }

        return builder.Build();
    }

    /// <summary>It was there at the start; while it is being replaced it may not be, which is waited for.</summary>
    private static string ReadAgain(Func<string> password)
    {
        try
        {
            return password();
        }
        catch (ConfigurationException exception)
        {
            throw new StorageException(exception.Message, exception) { IsMendable = true };
        }
    }

    private static ConfigurationException Malformed(string scheme) => new(
        $"The PostgreSQL address that begins with '{scheme}' is malformed; write {scheme}//USER:PASSWORD@HOST:PORT/DATABASE?PARAMETER=VALUE. "
        + "In user, password and database, @ is written %40, : is %3A, / is %2F, ? is %3F, # is %23 and % is %25.");

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
