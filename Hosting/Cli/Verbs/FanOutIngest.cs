using Sluice.Hosting.Cli.Json;
using Sluice.Hosting.Cli.Progress;
using Sluice.Hosting.Cli.Text;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Monitoring;
using Sluice.Hosting.Text;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice ingest</c> into several databases: prepares each, runs them together, and accounts for each.</summary>
/// <param name="context">The verb's context.</param>
/// <param name="planOf">Makes the plan for a database.</param>
internal sealed class FanOutIngest(VerbContext context, Func<IVectorSink, IngestionPlan> planOf)
{
    /// <summary>Runs it.</summary>
    /// <param name="sinks">The databases; not owned.</param>
    /// <param name="agree">Asks for consent where a database's content is to be replaced.</param>
    /// <param name="asJson">Whether to end with a line of JSON.</param>
    /// <returns>The exit code: the worst of all databases.</returns>
    /// <exception cref="ConfigurationException">The sources cannot be read more than once.</exception>
    public async Task<int> RunAsync(IReadOnlyList<IVectorSink> sinks, Func<IngestionPlan, Task<bool>> agree, bool asJson)
    {
        var plans = new List<IngestionPlan>();
        var failed = new List<DatabaseOutcome>();
        foreach (var sink in sinks)
        {
            var plan = planOf(sink);
            RequireReadableAgain(plan);
            try
            {
                if (!await agree(plan))
                {
                    context.Note("nothing was changed");
                    return ExitCodes.Usage;
                }

                plans.Add(plan);
            }
            catch (Exception exception) when (exception is TransientException or StorageException)
            {
                failed.Add(new DatabaseOutcome(sink.Name, null, exception)); // The others need not wait for it: the next run fills it.
            }
        }

        return plans.Count == 0 ? Report([.. failed], asJson) : await RunAsync(plans, failed, asJson);
    }

    private async Task<int> RunAsync(List<IngestionPlan> plans, List<DatabaseOutcome> failed, bool asJson)
    {
        await using var ingestion = context.Rooms.CreateFanOut(plans, context.Note);
        var run = ingestion.RunAsync(context.Stop);
        await using (context.Stop.Register(() => context.Note("stopping cleanly… (Ctrl-C once more ends at once)")))
        {
            await ProgressDisplay.ShowAsync(context, ingestion, run);
        }

        await run;
        return Report([.. ingestion.Outcomes, .. failed], asJson);
    }

    private int Report(IReadOnlyList<DatabaseOutcome> outcomes, bool asJson)
    {
        var peak = ProcessMemory.Peak;
        var write = asJson ? (Action<string>)context.Note : context.Out.WriteLine;
        foreach (var outcome in outcomes)
        {
            write(outcome.Database);
            if (outcome.Result is not { } result)
            {
                context.Note($"  failed: {FailureReport.Describe(outcome.Failure!, context.Stop)}");
                continue;
            }

            write($"  {AccountingText.Summary(result, peak)}");
            write($"  {AccountingText.Line(result.Accounting)}");
            foreach (var warning in result.Warnings)
            {
                context.Note($"  {warning}");
            }

            if (AccountingText.Surroundings(result.Accounting) is { } surroundings)
            {
                context.Note($"  {surroundings}");
            }

            if (result.Accounting.Dead.Values.Sum() is > 0 and var dead)
            {
                context.Note($"  {CountText.Documents(dead)} could not be indexed; `sluice dead list --from {CommandText.Quote(outcome.Database)}{LedgerOption(outcome.Database)}` says why.");
            }
        }

        if (outcomes.Any(static outcome => outcome.Failure is not null))
        {
            context.Note("Not every database was filled; run the same command again when the rest can be: each goes on where it stopped.");
        }

        var code = outcomes.Select(CodeOf).MaxBy(static code => Array.IndexOf([ExitCodes.Success, ExitCodes.DeadLetters, ExitCodes.Interrupted, ExitCodes.Usage, ExitCodes.Failure], code));
        if (asJson)
        {
            WriteJson(outcomes, code, peak);
        }

        return code;
    }

    /// <summary>The option that names the ledger, where it is not in the database's own file.</summary>
    private string LedgerOption(string database) =>
        DatabaseUris.FileOf(database) is { } file && file == DatabaseUris.FileOf(context.Databases.Ledger) ? "" : CommandText.Option("--ledger", context.Databases.Ledger);

    private int CodeOf(DatabaseOutcome outcome) => outcome.Result switch
    {
        null => FailureReport.ExitCodeOf(outcome.Failure!, context.Stop),
        { Stopped: true } => ExitCodes.Interrupted,
        { Withheld: > 0 } => ExitCodes.Usage,
        var result => result.Accounting.Dead.Values.Sum() > 0 ? ExitCodes.DeadLetters : ExitCodes.Success,
    };

    private void WriteJson(IReadOnlyList<DatabaseOutcome> outcomes, int code, long peak) => JsonOut.WriteLine(context.Out, json =>
    {
        json.WriteStartObject();
        json.WriteNumber("exitCode", code);
        json.WriteNumber("peakMemoryBytes", peak);
        json.WriteStartArray("databases");
        foreach (var outcome in outcomes)
        {
            if (outcome.Result is { } result)
            {
                AccountingJson.Write(json, result, CodeOf(outcome), outcome.Database, ModelName, peak);
            }
            else
            {
                AccountingJson.WriteFailure(json, FailureReport.Describe(outcome.Failure!, context.Stop), CodeOf(outcome), outcome.Database);
            }
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    private string ModelName { get; set; } = "";

    private void RequireReadableAgain(IngestionPlan plan)
    {
        ModelName = plan.Model.Info.Name;
        if (plan.Sources.Any(static source => source.Scope.Uri.StartsWith("stdin:", StringComparison.Ordinal)))
        {
            throw new ConfigurationException("Standard input can be read once, and each database reads for itself: write it to a file and ingest that, or fill one database and then use `sluice copy`.");
        }
    }
}
