using System.CommandLine;
using System.Globalization;
using Sluice.Hosting.Configuration;
using Sluice.Streams.Failures;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice job weigh</c>.</summary>
internal sealed class JobWeighVerb : Verb
{
    private readonly Argument<string> _job = JobVerbs.Job();
    private readonly Argument<string> _weight = new("weight") { HelpName = "WEIGHT", Description = "1 to 1,000; a job of weight 20 gets twice the share of one of 10" };
    private readonly Option<string?> _ledger = JobVerbs.Ledger();

    public JobWeighVerb()
        : base("weigh", "Changes a job's share of the cluster while it runs.")
    {
        Add(_job);
        Add(_weight);
        Add(_ledger);
    }

    public override IEnumerable<CommandLineSetting> Settings(ParseResult line) => Setting(line, _ledger, "ledger");

    public override Task<int> RunAsync(VerbContext context) => JobVerbs.WithJobsAsync(context, async jobs =>
    {
        var text = context.Line.GetRequiredValue(_weight);
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var weight) || weight is < 1 or > 1_000)
        {
            throw new ConfigurationException($"'{text}' is not a weight; write a number from 1 to 1,000.");
        }

        var record = await JobVerbs.FindAsync(jobs, context.Line.GetRequiredValue(_job), context.Stop);
        if (!await jobs.WeighAsync(record.Id, weight, context.Stop))
        {
            throw new ConfigurationException($"Job {record.Id} has ended.");
        }

        context.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"job {record.Id} has weight {weight}"));
        return ExitCodes.Success;
    });
}
