using System.CommandLine;
using System.Globalization;
using Sluice.Actors.Ledgers;
using Sluice.Hosting.Configuration;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice job replay</c>.</summary>
internal sealed class JobReplayVerb : Verb
{
    private readonly Argument<string> _job = JobVerbs.Job();
    private readonly Argument<string[]> _letters = DeadLetters.Ids();
    private readonly Option<string?> _ledger = JobVerbs.Ledger();
    private readonly Option<bool> _follow = new("--follow", "-f") { Description = "Shows the job until it ends" };

    public JobReplayVerb()
        : base("replay", "Tries the dead letters of a job's database again, those that are named or all: a job of the same sources, in which only they are processed.")
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
        var documents = await ledger.ReplayAsync(JobSinks.NameOf(record, context), chosen, context.Stop);
        if (documents.Count == 0)
        {
            context.Note("there are no such dead letters");
            return ExitCodes.Success;
        }

        var number = await jobs.SubmitAsync(record.Submission with { Name = $"replay of job {record.Id}" }, context.Stop);
        context.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"job {number} tries {documents.Count:N0} documents again"));
        await context.Out.FlushAsync(context.Stop);
        return context.Line.GetValue(_follow) ? await JobFollower.FollowAsync(context, jobs, number, json: false) : ExitCodes.Success;
    });
}
