using Sluice.Actors.Ledgers.Postgres;
using Sluice.Actors.Ledgers.Sqlite;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers;

/// <summary>Opens ledgers by URI.</summary>
public static class Ledgers
{
    private static readonly ILedgerProvider[] s_providers = [new SqliteLedgerProvider(), new PostgresLedgerProvider("postgres"), new PostgresLedgerProvider("postgresql")];

    /// <summary>Opens the ledger at <paramref name="uri"/>. Touches nothing yet: <see cref="ILedger.InitializeAsync"/> does.</summary>
    /// <param name="uri">Where it is: <c>sqlite:PATH</c>, or <c>postgres://USER:PASSWORD@HOST:PORT/DATABASE?schema=NAME</c>.</param>
    /// <param name="timeProvider">The clock that dates walks and dead letters.</param>
    /// <returns>The ledger; the caller disposes it.</returns>
    /// <exception cref="ConfigurationException">The URI is of no known kind, or malformed.</exception>
    public static ILedger Open(string uri, TimeProvider timeProvider)
    {
        ArgumentException.ThrowIfNullOrEmpty(uri);
        ArgumentNullException.ThrowIfNull(timeProvider);
        foreach (var provider in s_providers)
        {
            if (uri.StartsWith(provider.Scheme + ":", StringComparison.OrdinalIgnoreCase))
            {
                return provider.Open(uri, timeProvider);
            }
        }

        throw new ConfigurationException(
            $"'{WithoutSecrets(uri)}' names no ledger that Sluice knows. Known: {string.Join(", ", s_providers.Select(static provider => provider.Example))}");
    }

    /// <summary>Only the scheme of what looks like a server's address: there may be a password in it.</summary>
    private static string WithoutSecrets(string uri) => uri.IndexOf("://", StringComparison.Ordinal) is var end and >= 0 ? uri[..(end + 3)] + "…" : uri;
}
