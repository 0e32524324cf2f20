using System.CommandLine;
using Sluice.Hosting.Configuration;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice job pause</c>, <c>resume</c> and <c>cancel</c>.</summary>
internal sealed class JobWishVerb : Verb
{
    private readonly Argument<string> _job = JobVerbs.Job();
    private readonly Option<string?> _ledger = JobVerbs.Ledger();
    private readonly Option<bool> _prune = new("--prune") { Description = "Agrees that documents which are gone are removed, however many they are (sluice.prune = always, for this job)" };
    private readonly JobWish _wish;

    public JobWishVerb(string name, string description, JobWish wish)
        : base(name, description)
    {
        _wish = wish;
        Add(_job);
        Add(_ledger);
        if (wish == JobWish.Run)
        {
            Add(_prune);
        }
    }

    public override IEnumerable<CommandLineSetting> Settings(ParseResult line) => Setting(line, _ledger, "ledger");

    public override Task<int> RunAsync(VerbContext context) => JobVerbs.WithJobsAsync(context, async jobs =>
    {
        var record = await JobVerbs.FindAsync(jobs, context.Line.GetRequiredValue(_job), context.Stop);
        if (_wish == JobWish.Run && context.Line.GetValue(_prune))
        {
            await jobs.AmendAsync(record.Id, "sluice.prune = always", context.Stop);
        }

        if (!await jobs.WishAsync(record.Id, _wish, context.Stop))
        {
            throw new ConfigurationException($"Job {record.Id} has ended ({record.State.ToString().ToLowerInvariant()}){(record.State == JobState.Failed ? " and can only be resumed" : "")}; submit it again, or replay its dead letters with `sluice job replay {record.Id}`.");
        }

        context.Out.WriteLine($"job {record.Id} is asked to {Name}");
        return ExitCodes.Success;
    });
}
