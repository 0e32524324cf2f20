using System.CommandLine;
using System.Globalization;
using Sluice.Actors.Ledgers;
using Sluice.Hosting.Configuration;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary>What the verbs about jobs of a cluster share.</summary>
internal static class JobVerbs
{
    /// <summary>The option for the ledger.</summary>
    public static Option<string?> Ledger() => new("--ledger") { HelpName = "URI", Description = "The cluster's ledger: postgres://USER@HOST/DATABASE (sluice.ledger)" };

    /// <summary>The argument for a job.</summary>
    public static Argument<string> Job() => new("job") { HelpName = "NUMBER", Description = "Number of the job, as `sluice job list` shows it" };

    /// <summary>The cluster's ledger.</summary>
    /// <exception cref="ConfigurationException">There is none, or it is not one that nodes can share.</exception>
    public static string LedgerUri(VerbContext context)
    {
        var uri = context.Settings.Get<SluiceOptions>().Ledger;
        return uri.StartsWith("postgres", StringComparison.OrdinalIgnoreCase)
            ? uri
            : throw new ConfigurationException(uri.Length == 0
                ? "A cluster needs a ledger that its nodes share: --ledger postgres://USER@HOST/DATABASE (the password from PGPASSWORD or ?password-file=), or sluice.ledger, or SLUICE_LEDGER."
                : $"A cluster's ledger is PostgreSQL, and sluice.ledger = {Secrets.Redact(uri)} is not; write postgres://USER@HOST/DATABASE.");
    }

    /// <summary>Works with the cluster's jobs.</summary>
    public static async Task<int> WithJobsAsync(VerbContext context, Func<IJobStore, Task<int>> use)
    {
        await using var jobs = JobStores.Open(LedgerUri(context), context.Host.TimeProvider);
        await jobs.InitializeAsync(context.Stop);
        return await use(jobs);
    }

    /// <summary>Finds the job that was named.</summary>
    /// <exception cref="ConfigurationException">There is none of that number.</exception>
    public static async Task<JobRecord> FindAsync(IJobStore jobs, string number, CancellationToken cancellationToken) =>
        await jobs.FindAsync(ParseId(number), cancellationToken) ?? throw new ConfigurationException($"There is no job {number}; `sluice job list` shows them.");

    /// <summary>Reads a job's number.</summary>
    /// <exception cref="ConfigurationException">It is none.</exception>
    public static long ParseId(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0
            ? id
            : throw new ConfigurationException($"'{text}' is not the number of a job; `sluice job list` shows them.");
}
