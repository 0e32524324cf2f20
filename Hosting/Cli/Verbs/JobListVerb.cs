using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Sluice.Hosting.Cli.Json;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;
using Sluice.Streams.Ledger;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice job list</c>.</summary>
internal sealed class JobListVerb : Verb
{
    private readonly Option<bool> _all = new("--all") { Description = "Those that ended, too" };
    private readonly Option<bool> _json = new("--json") { Description = "Writes a JSON array" };
    private readonly Option<string?> _ledger = JobVerbs.Ledger();

    public JobListVerb()
        : base("list", "Lists the cluster's jobs, latest first.")
    {
        Add(_all);
        Add(_json);
        Add(_ledger);
    }

    public override IEnumerable<CommandLineSetting> Settings(ParseResult line) => Setting(line, _ledger, "ledger");

    public override Task<int> RunAsync(VerbContext context) => JobVerbs.WithJobsAsync(context, async jobs =>
    {
        var records = await jobs.ListAsync(unendedOnly: !context.Line.GetValue(_all), limit: 1_000, context.Stop);
        if (context.Line.GetValue(_json))
        {
            JsonOut.WriteLine(context.Out, json =>
            {
                json.WriteStartArray();
                foreach (var record in records)
                {
                    JobJson.Write(json, record);
                }

                json.WriteEndArray();
            });
            return ExitCodes.Success;
        }

        if (records.Count == 0)
        {
            context.Note(context.Line.GetValue(_all) ? "no jobs" : "no jobs that have not ended; --all shows the others");
        }

        foreach (var record in records)
        {
            context.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{record.Id,6}  {record.State.ToString().ToLowerInvariant(),-9}  weight {record.Submission.Weight,-4}  {Settled(record),-21}  {record.Submission.Name}{(record.Reason is null ? "" : $": {record.Reason}")}"));
        }

        return ExitCodes.Success;
    });

    private static string Settled(JobRecord record)
    {
        if (record.Progress is null)
        {
            return "";
        }

        using var document = JsonDocument.Parse(record.Progress);
        var documents = new JobView(document.RootElement).Documents;
        return string.Create(CultureInfo.InvariantCulture, $"{documents.Discovered - documents.Pending:N0} of {documents.Discovered:N0}");
    }
}
