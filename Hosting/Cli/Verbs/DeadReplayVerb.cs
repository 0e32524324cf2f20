using System.CommandLine;
using Sluice.Hosting.Cli.Text;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Text;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice dead replay</c>: the next run tries them again.</summary>
internal sealed class DeadReplayVerb : Verb
{
    private readonly Argument<string[]> _ids = DeadLetters.Ids();
    private readonly Option<bool> _all = DeadLetters.All();
    private readonly Option<string?> _from = DeadLetters.From();
    private readonly Option<string?> _ledger = DeadLetters.Ledger();

    public DeadReplayVerb()
        : base("replay", "Lets the next ingest try dead letters again.")
    {
        Add(_ids);
        Add(_all);
        Add(_from);
        Add(_ledger);
    }

    public override IReadOnlyList<(string Command, string Meaning)> Examples => [("sluice dead replay --all && sluice ingest docs", "tries all of them again")];

    public override IEnumerable<CommandLineSetting> Settings(ParseResult line) => [.. Database(line, _from), .. Setting(line, _ledger, "ledger")];

    public override Task<int> RunAsync(VerbContext context)
    {
        var ids = DeadLetters.Chosen(context.Line, _ids, _all);
        return context.WithDatabaseAsync(async (sink, ledger) =>
        {
            await using var lease = await ledger.AcquireAsync(VerbContext.Holder("dead replay"), context.Stop);
            var documents = await ledger.ReplayAsync(sink.Name, ids, context.Stop);
            if (documents.Count == 0)
            {
                context.Out.WriteLine("no such dead letters; nothing to do");
                return ExitCodes.Success;
            }

            context.Out.WriteLine($"{CountText.Documents(documents.Count)} will be tried again by the next run over {(documents.Count == 1 ? "it" : "them")}:");
            var scopes = await ledger.SummarizeAsync(sink.Name, context.Stop);
            var affected = scopes.Select(static scope => scope.Scope).Where(scope => documents.Any(document => scope.Covers(document.Listed.Uri)));
            foreach (var scope in affected)
            {
                var place = Places.OfDocument(scope.Uri, context.Host.WorkingDirectory);
                context.Out.WriteLine($"  sluice ingest {CommandText.Quote(place)}{CommandText.Option("--to", context.Line.GetValue(_from))}{CommandText.Option("--ledger", context.Line.GetValue(_ledger))}");
            }

            return ExitCodes.Success;
        });
    }
}
