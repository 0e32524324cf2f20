using System.CommandLine;
using Sluice.Hosting.Configuration;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice job submit</c>.</summary>
internal sealed class JobSubmitVerb : Verb
{
    private readonly Argument<string> _file = new("file") { HelpName = "FILE", Description = "HOCON with sluice.job (name, sources, weight) and any setting of the ingestion: database, model, chunking, …" };
    private readonly Option<string?> _ledger = JobVerbs.Ledger();
    private readonly Option<bool> _follow = new("--follow", "-f") { Description = "Shows the job until it ends" };

    public JobSubmitVerb()
        : base("submit", "Gives the cluster a job.")
    {
        Add(_file);
        Add(_ledger);
        Add(_follow);
    }

    public override IReadOnlyList<(string Command, string Meaning)> Examples =>
    [
        ("sluice job submit manuals.hocon --ledger postgres://sluice@db/sluice", "prints the job's number"),
    ];

    public override IEnumerable<CommandLineSetting> Settings(ParseResult line) => Setting(line, _ledger, "ledger");

    public override Task<int> RunAsync(VerbContext context)
    {
        var submission = JobText.ReadFile(context.Line.GetRequiredValue(_file), context.Sources);
        return JobVerbs.WithJobsAsync(context, async jobs =>
        {
            var number = await jobs.SubmitAsync(submission, context.Stop);
            context.Out.WriteLine($"job {number} '{submission.Name}' is submitted");
            await context.Out.FlushAsync(context.Stop);
            return context.Line.GetValue(_follow) ? await JobFollower.FollowAsync(context, jobs, number, json: false) : ExitCodes.Success;
        });
    }
}
