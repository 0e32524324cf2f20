using System.CommandLine;
using System.Globalization;
using Sluice.Hosting.Cli.Json;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice verify</c>: compares the database with the ledger.</summary>
internal sealed class VerifyVerb : Verb
{
    private readonly Option<string?> _from = new("--from") { HelpName = "URI", Description = "Database (sluice.database)" };
    private readonly Option<string?> _ledger = new("--ledger") { HelpName = "URI", Description = "Ledger that the database was filled with (sluice.ledger; else the database's own file)" };
    private readonly Option<bool> _repair = new("--repair") { Description = "Deletes what should not be there, and lets the next ingest restore what is missing" };
    private readonly Option<bool> _yes = new("--yes", "-y") { Description = "Agrees to a repair that deletes most of the database" };
    private readonly Option<bool> _json = new("--json") { Description = "Writes a JSON object" };

    public VerifyVerb()
        : base("verify", "Compares the database with the ledger, chunk by chunk.")
    {
        Add(_from);
        Add(_ledger);
        Add(_repair);
        Add(_yes);
        Add(_json);
    }

    public override IEnumerable<CommandLineSetting> Settings(ParseResult line) => [.. Database(line, _from), .. Setting(line, _ledger, "ledger")];

    public override Task<int> RunAsync(VerbContext context) => context.WithDatabaseAsync(async (opened, known) =>
    {
        var repair = context.Line.GetValue(_repair);

        // A comparison of hours does not end at one answer that may pass.
        var questions = context.CreateQuestions();
        var ledger = questions.Of(known);

        // Without the lease a run in progress would look like differences.
        await using var lease = await ledger.AcquireAsync(VerbContext.Holder("verify") with { BesideIdleCluster = true }, context.Stop);
        await questions.MeetAsync(opened, context.Stop);
        var sink = questions.Of(opened);
        await RequireKnownAsync(context, sink, ledger);
        if (opened is IIntegrityChecking checking)
        {
            await checking.CheckIntegrityAsync(context.Stop);
        }

        var result = await context.Rooms.VerifyAsync(sink, ledger, repair: false, context.Stop);
        if (repair && !result.Agrees)
        {
            if (!await AgreeAsync(context, sink, result))
            {
                context.Note("nothing was changed");
                return ExitCodes.Usage;
            }

            result = await context.Rooms.VerifyAsync(sink, ledger, repair: true, context.Stop);
        }

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

    /// <summary>Sees to it that the ledger is the one that the database was filled with: compared with any other, everything in the database would look superfluous.</summary>
    /// <exception cref="ConfigurationException">It knows nothing of a database that holds something.</exception>
    private static async Task RequireKnownAsync(VerbContext context, IVectorSink sink, ILedger ledger)
    {
        if ((await ledger.SummarizeAsync(sink.Name, context.Stop)).Count == 0
            && await sink.DescribeAsync(context.Stop) is not null
            && await sink.CountAsync(context.Stop) is > 0 and var chunks)
        {
            throw new ConfigurationException(string.Create(
                CultureInfo.InvariantCulture,
                $"The ledger {Secrets.Redact(context.Databases.Ledger)} knows nothing of {sink.Name}, which holds {chunks:N0} chunks: it was filled with another ledger. Name that one with --ledger URI. (A run into several databases keeps one ledger: that of the first SQLite file.)"));
        }
    }

    private async Task<bool> AgreeAsync(VerbContext context, IVectorSink sink, VerificationResult found)
    {
        var deleted = found.Orphans + found.Stale;
        return 2 * deleted <= found.InSink || await Question.ConfirmAsync(
            context,
            string.Create(CultureInfo.InvariantCulture, $"The repair deletes {deleted:N0} of the {found.InSink:N0} chunks in {sink.Name}, because the ledger {Secrets.Redact(context.Databases.Ledger)} does not know them."),
            context.Line.GetValue(_yes));
    }

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
