using System.CommandLine;
using System.Globalization;
using Sluice.Actors.Core;
using Sluice.Actors.Sinks;
using Sluice.Hosting.Cli.Json;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice copy</c>: moves vectors from one database to another without embedding again.</summary>
internal sealed class CopyVerb : Verb
{
    private readonly Argument<string> _from = new("from") { HelpName = "FROM", Description = "Database to copy from, as a URI" };
    private readonly Argument<string> _to = new("to") { HelpName = "TO", Description = "Database to copy to, as a URI; what it holds besides stays" };
    private readonly Option<string?> _ledger = new("--ledger") { HelpName = "URI", Description = "Ledger of both; else each has its own (sluice.ledger, or the database's file)" };
    private readonly Option<bool> _json = new("--json") { Description = "Ends with the accounting as one line of JSON on standard output" };

    public CopyVerb()
        : base("copy", "Copies a collection to another database, without embedding again. Again over the same, only what changed is copied.")
    {
        Add(_from);
        Add(_to);
        Add(_ledger);
        Add(_json);
    }

    public override IReadOnlyList<(string Command, string Meaning)> Examples =>
    [
        ("sluice copy sqlite:./sluice.db pgvector://me@host/db", "from a file into PostgreSQL"),
        ("sluice copy qdrant://old/docs qdrant://new/docs --ledger postgres://me@host/ledger", "between two servers that share a ledger"),
        ("sluice copy sqlite:./sluice.db parquet:./vectors", "as files, for other programs"),
    ];

    public override IEnumerable<CommandLineSetting> Settings(ParseResult line) => Setting(line, _ledger, "ledger");

    public override async Task<int> RunAsync(VerbContext context)
    {
        var (from, to) = (DatabasesOf(context, context.Line.GetRequiredValue(_from)), DatabasesOf(context, context.Line.GetRequiredValue(_to)));
        foreach (var file in new[] { DatabaseUris.FileOf(from.Sink), DatabaseUris.FileOf(from.Ledger) })
        {
            if (file is not null && !File.Exists(file))
            {
                throw DatabaseUris.Missing(file);
            }
        }

        await using var source = context.Rooms.OpenSink(from.Sink);
        await using var target = context.Rooms.OpenSink(to.Sink);
        if (source.Name == target.Name)
        {
            throw new ConfigurationException($"{source.Name} is named twice; a database cannot be copied to itself.");
        }

        var questions = context.CreateQuestions();
        await questions.MeetAsync(source, context.Stop);
        await using var known = await OpenAsync(context, questions, from.Ledger);
        await using var held = await known.AcquireAsync(VerbContext.Holder("copy"), context.Stop);
        await CollectionCopier.FindAsync(questions.Of(source), known, context.Stop); // Before the other database is made.
        await questions.MeetAsync(target, context.Stop);
        if (from.Ledger == to.Ledger)
        {
            return await CopyAsync(context, source, known, target, known);
        }

        await using var ledger = await OpenAsync(context, questions, to.Ledger);
        await using var lease = await ledger.AcquireAsync(VerbContext.Holder("copy"), context.Stop);
        return await CopyAsync(context, source, known, target, ledger);
    }

    private async Task<int> CopyAsync(VerbContext context, IVectorSink from, ILedger known, IVectorSink to, ILedger ledger)
    {
        if (!from.Capabilities.ReturnsExactVectors)
        {
            context.Note($"{from.Name} keeps vectors normalized or in fewer bits, and that is how they are copied.");
        }

        var copier = new CollectionCopier(from, known, to, ledger, context.Settings.Get<PipelineOptions>(), context.Host.TimeProvider);
        copier.Notices.Posted += context.Note;
        var start = context.Host.TimeProvider.GetTimestamp();
        var copying = copier.CopyAsync(context.Stop);
        using (var timer = new PeriodicTimer(context.Settings.Get<DisplayOptions>().PlainInterval, context.Host.TimeProvider))
        {
            while (await Task.WhenAny(copying, timer.WaitForNextTickAsync(CancellationToken.None).AsTask()) != copying)
            {
                context.Note(Line(copier.Report));
            }
        }

        var report = await copying;
        var seconds = Math.Max(context.Host.TimeProvider.GetElapsedTime(start).TotalSeconds, 0.001);
        var code = report.Refused > 0 ? ExitCodes.DeadLetters : ExitCodes.Success;
        (context.Line.GetValue(_json) ? (Action<string>)context.Note : context.Out.WriteLine)(string.Create(CultureInfo.InvariantCulture, $"{Line(report)} in {seconds:0.0} s ({report.Chunks / seconds:N0} chunks/s)"));
        if (report.Left > 0)
        {
            context.Note("What is left is not copied: skipped, dead and waiting documents, and those of which a chunk was refused or missing. `sluice ingest` into the other database does it.");
        }

        if (context.Line.GetValue(_json))
        {
            WriteJson(context, report, seconds, code);
        }

        return code;
    }

    private static string Line(CopyReport report) => string.Create(
        CultureInfo.InvariantCulture,
        $"documents copied {report.Documents:N0}, there already {report.Unchanged:N0}, left {report.Left:N0}; chunks copied {report.Chunks:N0}, refused {report.Refused:N0}, missing {report.Missing:N0}");

    private static void WriteJson(VerbContext context, CopyReport report, double seconds, int code) => JsonOut.WriteLine(context.Out, json =>
    {
        json.WriteStartObject();
        json.WriteNumber("exitCode", code);
        json.WriteNumber("documents", report.Documents);
        json.WriteNumber("unchanged", report.Unchanged);
        json.WriteNumber("left", report.Left);
        json.WriteNumber("chunks", report.Chunks);
        json.WriteNumber("refused", report.Refused);
        json.WriteNumber("missing", report.Missing);
        json.WriteNumber("seconds", Math.Round(seconds, 3));
        json.WriteEndObject();
    });

    private static DatabaseUris DatabasesOf(VerbContext context, string uri)
    {
        var options = context.Settings.Get<SluiceOptions>();
        return DatabaseUris.From(new SluiceOptions { Database = uri, Ledger = options.Ledger }, context.Host.WorkingDirectory);
    }

    private static async Task<ILedger> OpenAsync(VerbContext context, PatientQuestions questions, string uri)
    {
        var ledger = questions.Of(context.Rooms.OpenLedger(uri));
        await ledger.InitializeAsync(context.Stop);
        return ledger;
    }
}
