using System.CommandLine;
using System.Globalization;
using Sluice.Hosting.Cli.Json;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice verify</c>: compares the database with the ledger.</summary>
internal sealed class VerifyVerb : Verb
{
    private readonly Option<string?> _from = new("--from") { HelpName = "URI", Description = "Database (sluice.database)" };
    private readonly Option<bool> _repair = new("--repair") { Description = "Deletes what should not be there, and lets the next ingest restore what is missing" };
    private readonly Option<bool> _json = new("--json") { Description = "Writes a JSON object" };

    public VerifyVerb()
        : base("verify", "Compares the database with the ledger, chunk by chunk.")
    {
        Add(_from);
        Add(_repair);
        Add(_json);
    }

    public override IEnumerable<CommandLineSetting> Settings(ParseResult line) => Database(line, _from);

    public override Task<int> RunAsync(VerbContext context) => context.WithDatabaseAsync(async (sink, ledger) =>
    {
        var repair = context.Line.GetValue(_repair);

        // Without the lease a run in progress would look like differences.
        await using var lease = await ledger.AcquireAsync(VerbContext.Holder("verify"), context.Stop);
        var result = await context.Rooms.VerifyAsync(sink, ledger, repair, context.Stop);
        if (context.Line.GetValue(_json))
        {
            WriteJson(context, result);
        }
        else
        {
            WriteText(context, result);
        }

        return result.Agrees || result.Repaired ? ExitCodes.Success : ExitCodes.Failure;
    });

    private static void WriteText(VerbContext context, VerificationResult result)
    {
        context.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"chunks in the database {result.InSink:N0}, in the ledger {result.InLedger:N0}"));
        context.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"only in the database {result.Orphans:N0}, only in the ledger {result.Lost:N0}{(result.Stale == 0 ? "" : $", left from earlier readings {result.Stale:N0}")}"));
        foreach (var example in result.Examples)
        {
            context.Out.WriteLine($"  {example}");
        }

        context.Out.WriteLine(result.Agrees ? "they agree"
            : result.Repaired ? "repaired; run `sluice ingest` again to restore what was missing"
            : "they differ; `sluice verify --repair` mends it");
    }

    private static void WriteJson(VerbContext context, VerificationResult result) => JsonOut.WriteLine(context.Out, json =>
    {
        json.WriteStartObject();
        json.WriteBoolean("agrees", result.Agrees);
        json.WriteBoolean("repaired", result.Repaired);
        json.WriteNumber("inDatabase", result.InSink);
        json.WriteNumber("inLedger", result.InLedger);
        json.WriteNumber("onlyInDatabase", result.Orphans);
        json.WriteNumber("onlyInLedger", result.Lost);
        json.WriteNumber("stale", result.Stale);
        json.WriteStartArray("examples");
        foreach (var example in result.Examples)
        {
            json.WriteStringValue(example);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });
}
