using Sluice.Cluster.Nodes;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Sluice.Hosting.Cli.Json;
using Sluice.Hosting.Cli.Text;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;
using Sluice.Streams.Ledger;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice job show</c>.</summary>
internal sealed class JobShowVerb : Verb
{
    private readonly Argument<string> _job = JobVerbs.Job();
    private readonly Option<bool> _follow = new("--follow", "-f") { Description = "Shows it live, until it ends" };
    private readonly Option<bool> _json = new("--json") { Description = "Writes JSON" };
    private readonly Option<string?> _ledger = JobVerbs.Ledger();

    public JobShowVerb()
        : base("show", "Shows how a job stands: documents, stages, nodes, and what keeps it waiting.")
    {
        Add(_job);
        Add(_follow);
        Add(_json);
        Add(_ledger);
    }

    public override IEnumerable<CommandLineSetting> Settings(ParseResult line) => Setting(line, _ledger, "ledger");

    public override Task<int> RunAsync(VerbContext context) => JobVerbs.WithJobsAsync(context, async jobs =>
    {
        var json = context.Line.GetValue(_json);
        var record = await JobVerbs.FindAsync(jobs, context.Line.GetRequiredValue(_job), context.Stop);
        if (context.Line.GetValue(_follow) && !record.HasEnded)
        {
            return await JobFollower.FollowAsync(context, jobs, record.Id, json);
        }

        if (json)
        {
            JsonOut.WriteLine(context.Out, writer => JobJson.Write(writer, record));
        }
        else
        {
            Write(context, record);
        }

        return ExitCodes.Success;
    });

    private static void Write(VerbContext context, JobRecord record)
    {
        var output = context.Out;
        var ended = record.Ended ?? context.Host.TimeProvider.GetUtcNow();
        var elapsed = record.Began is { } began ? $", {DurationText.Humanize(ended - began)}" : "";
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"job {record.Id} '{record.Submission.Name}': {record.State.ToString().ToLowerInvariant()}{elapsed}, weight {record.Submission.Weight}"));
        if (record.Reason is { } reason)
        {
            output.WriteLine($"  {reason}");
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  sources: {record.SourcesDone} of {record.Submission.Sources.Count} done: {string.Join(", ", record.Submission.Sources.Select(Secrets.Redact))}"));
        if (record.Progress is not { } progress)
        {
            output.WriteLine("  waits for a coordinator to take it up");
            return;
        }

        using var document = JsonDocument.Parse(progress);
        var view = new JobView(document.RootElement);
        output.WriteLine($"  {AccountingText.Line(view.Documents)}");
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  chunks: parsed {view.Count(JobCounts.Parsed):N0}, embedded {view.Count(JobCounts.Embedded):N0}, stored {view.Count(JobCounts.Stored):N0}, kept {view.Count(JobCounts.Kept):N0}, deleted {view.Count(JobCounts.Deleted):N0}; tokens {view.Count(JobCounts.Tokens):N0}"));
        foreach (var node in view.Nodes)
        {
            var state = node.Lost ? "lost" : node.Draining ? "leaving" : ByteSize.Humanize(node.Memory);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {node.Address}  {string.Join(',', node.Roles)}  {state}  parsed {node.Counts.GetValueOrDefault(JobCounts.Parsed):N0}, embedded {node.Counts.GetValueOrDefault(JobCounts.Embedded):N0}, stored {node.Counts.GetValueOrDefault(JobCounts.Stored):N0}"));
        }

        foreach (var notice in view.Notices)
        {
            output.WriteLine($"  ! {notice}");
        }
    }
}
