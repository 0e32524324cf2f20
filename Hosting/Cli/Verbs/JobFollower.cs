using System.Globalization;
using Sluice.Hosting.Cli.Json;
using Sluice.Hosting.Cli.Progress;
using Sluice.Hosting.Cli.Text;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Text;
using Sluice.Streams.Ledger;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary>Shows a job while it runs, and its accounting when it has ended.</summary>
internal static class JobFollower
{
    /// <summary>Follows it until it ends or the user stops following.</summary>
    public static async Task<int> FollowAsync(VerbContext context, IJobStore jobs, long number, bool json)
    {
        await using var ingestion = new ClusterIngestion(jobs, number, context.Host.TimeProvider);
        var run = ingestion.RunAsync(context.Stop);
        await ProgressDisplay.ShowAsync(context, ingestion, run);
        var result = await run;
        var record = ingestion.Record!;
        if (json)
        {
            JsonOut.WriteLine(context.Out, writer => JobJson.Write(writer, record));
        }
        else
        {
            context.Out.WriteLine(AccountingText.Line(result.Accounting));
        }

        foreach (var warning in result.Warnings)
        {
            context.Note(warning);
        }

        if (!record.HasEnded)
        {
            context.Note(string.Create(CultureInfo.InvariantCulture, $"job {number} goes on without you; `sluice job show {number}` shows it, `sluice job cancel {number}` ends it"));
            return ExitCodes.Interrupted;
        }

        var dead = result.Accounting.Dead.Values.Sum();
        if (dead > 0)
        {
            context.Note(string.Create(CultureInfo.InvariantCulture, $"{CountText.Documents(dead)} could not be indexed; `sluice job dead {number}` says why"));
        }

        return record.State switch
        {
            JobState.Cancelled => ExitCodes.Interrupted,
            _ => dead > 0 ? ExitCodes.DeadLetters : ExitCodes.Success,
        };
    }
}
