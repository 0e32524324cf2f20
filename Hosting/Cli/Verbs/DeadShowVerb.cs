using System.CommandLine;
using System.Globalization;
using Sluice.Hosting.Cli.Json;
using Sluice.Hosting.Cli.Text;
using Sluice.Hosting.Configuration;
using Sluice.Streams.Failures;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice dead show</c>.</summary>
internal sealed class DeadShowVerb : Verb
{
    private readonly Argument<string> _id = new("id") { HelpName = "NUMBER", Description = "Number of the dead letter, as `sluice dead list` shows it", Arity = ArgumentArity.ExactlyOne };
    private readonly Option<string?> _from = DeadLetters.From();
    private readonly Option<string?> _ledger = DeadLetters.Ledger();
    private readonly Option<bool> _json = new("--json") { Description = "Writes a JSON object" };

    public DeadShowVerb()
        : base("show", "Shows one dead letter in full.")
    {
        Add(_id);
        Add(_from);
        Add(_ledger);
        Add(_json);
    }

    public override IEnumerable<CommandLineSetting> Settings(ParseResult line) => [.. Database(line, _from), .. Setting(line, _ledger, "ledger")];

    public override Task<int> RunAsync(VerbContext context) => context.WithDatabaseAsync(async (sink, ledger) =>
    {
        var id = DeadLetters.ParseId(context.Line.GetRequiredValue(_id));
        var page = await ledger.ListDeadLettersAsync(sink.Name, id - 1, 1, context.Stop);
        if (page.Count == 0 || page[0].Id != id)
        {
            throw new ConfigurationException($"There is no dead letter {id}; `sluice dead list` shows them.");
        }

        var letter = page[0];
        if (context.Line.GetValue(_json))
        {
            JsonOut.WriteLine(context.Out, json => DeadLetters.Write(json, letter, context));
            return ExitCodes.Success;
        }

        context.Out.WriteLine($"place     {DeadLetters.PlaceOf(letter, context)}");
        context.Out.WriteLine($"uri       {Secrets.Redact(letter.Uri)}");
        context.Out.WriteLine($"reason    {letter.Reason}");
        context.Out.WriteLine($"message   {TextLayout.OneLine(Secrets.Redact(letter.Message))}");
        context.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"attempts  {letter.Attempts}, last {letter.At.ToLocalTime():yyyy-MM-dd HH:mm:ss}"));
        if (letter.Excerpt is not null)
        {
            context.Out.WriteLine($"text      {TextLayout.OneLine(letter.Excerpt)}");
        }

        return ExitCodes.Success;
    });
}
