using System.CommandLine;
using System.Globalization;
using Sluice.Actors.Ledgers;
using Sluice.Hosting.Cli.Json;
using Sluice.Hosting.Cli.Text;
using Sluice.Hosting.Configuration;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice job dead</c>.</summary>
internal sealed class JobDeadVerb : Verb
{
    private readonly Argument<string> _job = JobVerbs.Job();
    private readonly Option<bool> _json = new("--json") { Description = "Writes a JSON array" };
    private readonly Option<string?> _ledger = JobVerbs.Ledger();

    public JobDeadVerb()
        : base("dead", "Lists the dead letters of the database that a job writes to, oldest first.")
    {
        Add(_job);
        Add(_json);
        Add(_ledger);
    }

    public override IEnumerable<CommandLineSetting> Settings(ParseResult line) => Setting(line, _ledger, "ledger");

    public override Task<int> RunAsync(VerbContext context) => JobVerbs.WithJobsAsync(context, async jobs =>
    {
        var record = await JobVerbs.FindAsync(jobs, context.Line.GetRequiredValue(_job), context.Stop);
        await using var ledger = Ledgers.Open(JobVerbs.LedgerUri(context), context.Host.TimeProvider);
        await ledger.InitializeAsync(context.Stop);
        var letters = new List<Streams.Ledger.DeadLetter>();
        await foreach (var letter in DeadLetters.ReadAsync(ledger, JobSinks.NameOf(record, context), context))
        {
            letters.Add(letter);
        }

        if (context.Line.GetValue(_json))
        {
            JsonOut.WriteLine(context.Out, json =>
            {
                json.WriteStartArray();
                letters.ForEach(letter => DeadLetters.Write(json, letter, context));
                json.WriteEndArray();
            });
            return ExitCodes.Success;
        }

        foreach (var letter in letters)
        {
            context.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{letter.Id,6}  {letter.Reason,-16}  {context.Ansi.Place(DeadLetters.PlaceOf(letter, context))}"));
            context.Out.WriteLine($"{"",26}{TextLayout.OneLine(Secrets.Redact(letter.Message))}");
        }

        context.Note(letters.Count == 0 ? "no dead letters" : string.Create(CultureInfo.InvariantCulture, $"{letters.Count:N0} dead letters; `sluice job replay {record.Id}` tries again"));
        return ExitCodes.Success;
    });
}
