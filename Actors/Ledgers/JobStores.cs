using Sluice.Actors.Ledgers.Postgres;
using Sluice.Actors.Storage.Postgres;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers;

/// <summary>Opens stores of jobs by URI: a cluster's jobs lie beside its ledger.</summary>
public static class JobStores
{
    private static readonly string[] s_schemes = ["postgres:", "postgresql:"];

    /// <summary>Opens the store at <paramref name="uri"/>. Touches nothing yet: <see cref="IJobStore.InitializeAsync"/> does.</summary>
    /// <param name="uri">Where it is: <c>postgres://USER:PASSWORD@HOST:PORT/DATABASE?schema=NAME</c>.</param>
    /// <param name="timeProvider">The clock that dates jobs.</param>
    /// <returns>The store; the caller disposes it.</returns>
    /// <exception cref="ConfigurationException">The URI is of no known kind, or malformed.</exception>
    public static IJobStore Open(string uri, TimeProvider timeProvider)
    {
        ArgumentException.ThrowIfNullOrEmpty(uri);
        ArgumentNullException.ThrowIfNull(timeProvider);
        foreach (var scheme in s_schemes)
        {
            if (uri.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            {
                return new PostgresJobStore(PostgresAddress.Parse(uri), timeProvider);
            }
        }

        throw new ConfigurationException(
            $"Jobs of a cluster are kept in PostgreSQL; the ledger that is named begins with '{uri[..(uri.IndexOf(':', StringComparison.Ordinal) + 1)]}'. Name postgres://USER:PASSWORD@HOST/DATABASE.");
    }
}
