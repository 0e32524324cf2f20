using System.CommandLine;
using System.Globalization;
using Sluice.Actors.Ledgers;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Http.Clusters;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice job replay</c>.</summary>
internal sealed class JobReplayVerb : Verb
{
    /// <summary>Most jobs that are looked at for the one that read a document.</summary>
    private const int MostJobs = 200;

    private readonly Argument<string> _job = JobVerbs.Job();
    private readonly Argument<string[]> _letters = DeadLetters.Ids();
    private readonly Option<string?> _ledger = JobVerbs.Ledger();
    private readonly Option<bool> _follow = new("--follow", "-f") { Description = "Shows the job until it ends" };

    public JobReplayVerb()
        : base("replay", "Tries the dead letters of a job's database again, those that are named or all: jobs over the sources they are from, in which only they are processed.")
    {
        Add(_job);
        Add(_letters);
        Add(_ledger);
        Add(_follow);
    }

    public override IEnumerable<CommandLineSetting> Settings(ParseResult line) => Setting(line, _ledger, "ledger");

    public override Task<int> RunAsync(VerbContext context) => JobVerbs.WithJobsAsync(context, async jobs =>
    {
        var record = await JobVerbs.FindAsync(jobs, context.Line.GetRequiredValue(_job), context.Stop);
        await using var ledger = Ledgers.Open(JobVerbs.LedgerUri(context), context.Host.TimeProvider);
        await ledger.InitializeAsync(context.Stop);
        var typed = context.Line.GetValue(_letters) ?? [];
        var chosen = typed.Length == 0 ? null : Array.ConvertAll(typed, DeadLetters.ParseId);
        var sink = JobSinks.NameOf(record, context);
        var documents = await ledger.ReplayAsync(sink, chosen, context.Stop);
        if (documents.Count == 0)
        {
            context.Note("there are no such dead letters");
            return ExitCodes.Success;
        }

        var others = (await jobs.ListAsync(unendedOnly: false, MostJobs, context.Stop)).Where(other => WritesTo(sink, other, context));
        var numbers = new List<long>();
        foreach (var submission in ReplayPlan.Of(record, [.. others], [.. documents.Select(static document => document.Listed.Uri)]))
        {
            var number = await jobs.SubmitAsync(submission, context.Stop);
            numbers.Add(number);
            context.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"job {number} tries documents of {string.Join(", ", submission.Sources)} again"));
        }

        await context.Out.FlushAsync(context.Stop);
        var code = ExitCodes.Success;
        foreach (var number in context.Line.GetValue(_follow) ? numbers : [])
        {
            var ended = await JobFollower.FollowAsync(context, jobs, number, json: false);
            code = ended == ExitCodes.Success ? code : ended;
        }

        return code;
    });

    private static bool WritesTo(string sink, JobRecord job, VerbContext context)
    {
        try
        {
            return JobSinks.NameOf(job, context) == sink;
        }
        catch (ConfigurationException)
        {
            return false; // Its settings do not count here (any more): it is none of the jobs that can be named.
        }
    }
}
