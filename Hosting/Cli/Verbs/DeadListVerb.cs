using System.CommandLine;
using System.Globalization;
using Sluice.Hosting.Cli.Json;
using Sluice.Hosting.Cli.Text;
using Sluice.Hosting.Configuration;
using Sluice.Streams.Ledger;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice dead list</c>.</summary>
internal sealed class DeadListVerb : Verb
{
    private readonly Option<string?> _from = DeadLetters.From();
    private readonly Option<string?> _ledger = DeadLetters.Ledger();
    private readonly Option<string?> _reason = new("--reason") { HelpName = "CODE", Description = "Only those of this reason: corrupt, encrypted, unreadable, …" };
    private readonly Option<bool> _json = new("--json") { Description = "Writes a JSON array" };

    public DeadListVerb()
        : base("list", "Lists dead letters, oldest first.")
    {
        Add(_from);
        Add(_ledger);
        Add(_reason);
        Add(_json);
    }

    public override IEnumerable<CommandLineSetting> Settings(ParseResult line) => [.. Database(line, _from), .. Setting(line, _ledger, "ledger")];

    public override Task<int> RunAsync(VerbContext context) => context.WithDatabaseAsync(async (sink, ledger) =>
    {
        var reason = context.Line.GetValue(_reason);
        var letters = DeadLetters.ReadAsync(ledger, sink.Name, context);
        if (context.Line.GetValue(_json))
        {
            var all = new List<DeadLetter>();
            await foreach (var letter in letters)
            {
                if (reason is null || letter.Reason == reason)
                {
                    all.Add(letter);
                }
            }

            JsonOut.WriteLine(context.Out, json =>
            {
                json.WriteStartArray();
                all.ForEach(letter => DeadLetters.Write(json, letter, context));
                json.WriteEndArray();
            });
            return ExitCodes.Success;
        }

        var count = 0;
        var others = new SortedDictionary<string, long>(StringComparer.Ordinal);
        await foreach (var letter in letters)
        {
            if (reason is not null && letter.Reason != reason)
            {
                others[letter.Reason] = others.GetValueOrDefault(letter.Reason) + 1;
            }
            else
            {
                count++;
                context.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{letter.Id,6}  {letter.Reason,-16}  {context.Ansi.Place(DeadLetters.PlaceOf(letter, context))}"));
                foreach (var line in TextLayout.Wrap(TextLayout.OneLine(Secrets.Redact(letter.Message) + (letter.KeptChunks > 0 ? $" (its earlier text is kept: {letter.KeptChunks} chunks)" : "")), Math.Max(40, context.Host.Width - 26)))
                {
                    context.Out.WriteLine($"{"",26}{line}");
                }
            }
        }

        context.Note(count == 0 && others.Count > 0
            ? string.Create(CultureInfo.InvariantCulture, $"no dead letters of the reason '{reason}'; there are {string.Join(", ", others.Select(static other => $"{other.Key} ({other.Value})"))}{Suggestions.DidYouMean(Suggestions.Nearest(reason!, others.Keys))}")
            : count == 0 ? "no dead letters" : string.Create(CultureInfo.InvariantCulture, $"{count:N0} dead letters; `sluice dead replay NUMBER…` tries again, `sluice dead drop NUMBER…` gives up"));
        return ExitCodes.Success;
    });
}
