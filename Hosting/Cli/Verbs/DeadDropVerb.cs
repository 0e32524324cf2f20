using System.CommandLine;
using System.Globalization;
using Sluice.Hosting.Configuration;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice dead drop</c>: gives them up.</summary>
internal sealed class DeadDropVerb : Verb
{
    private readonly Argument<string[]> _ids = DeadLetters.Ids();
    private readonly Option<bool> _all = DeadLetters.All();
    private readonly Option<string?> _from = DeadLetters.From();
    private readonly Option<string?> _ledger = DeadLetters.Ledger();

    public DeadDropVerb()
        : base("drop", "Gives dead letters up: their documents count as skipped (dropped) until they change; the text of earlier runs that is kept of them goes with the next run.")
    {
        Add(_ids);
        Add(_all);
        Add(_from);
        Add(_ledger);
    }

    public override IEnumerable<CommandLineSetting> Settings(ParseResult line) => [.. Database(line, _from), .. Setting(line, _ledger, "ledger")];

    public override Task<int> RunAsync(VerbContext context)
    {
        var ids = DeadLetters.Chosen(context.Line, _ids, _all);
        return context.WithDatabaseAsync(async (sink, ledger) =>
        {
            await using var lease = await ledger.AcquireAsync(VerbContext.Holder("dead drop"), context.Stop);
            var dropped = await ledger.DropAsync(sink.Name, ids, context.Stop);
            context.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"dropped {dropped:N0} dead letters"));
            return ExitCodes.Success;
        });
    }
}
