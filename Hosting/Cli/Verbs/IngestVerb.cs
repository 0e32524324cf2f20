using System.CommandLine;
using Sluice.Actors.Core;
using Sluice.Actors.Parsing.Sources;
using Sluice.Hosting.Cli.Json;
using Sluice.Hosting.Cli.Progress;
using Sluice.Hosting.Cli.Text;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Monitoring;
using Sluice.Hosting.Telemetry;
using Sluice.Hosting.Text;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice ingest</c>: reads documents into the database.</summary>
internal sealed class IngestVerb : Verb
{
    private readonly Argument<string[]> _paths = new("paths") { HelpName = "PATH", Description = "Folders, files, - (standard input), http(s):// and s3:// URIs; read one after the other, accounted for together", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string[]> _to = new("--to") { HelpName = "URI", Description = "Database to write to: sqlite:PATH (sluice.database); may be repeated: each is filled at its own pace (sluice.databases)" };
    private readonly Option<string?> _ledger = new("--ledger") { HelpName = "URI", Description = "Ledger (sluice.ledger)" };
    private readonly Option<string?> _model = new("--model") { HelpName = "NAME|PATH", Description = "Embedding model (sluice.model)" };
    private readonly Option<string[]> _include = new("--include") { HelpName = "GLOB", Description = "Only files that match; may be repeated (sluice.source.include)" };
    private readonly Option<string[]> _exclude = new("--exclude") { HelpName = "GLOB", Description = "No files that match; may be repeated (sluice.source.exclude)" };
    private readonly Option<string?> _chunkSize = new("--chunk-size") { HelpName = "TOKENS", Description = "Most tokens of a chunk; 0 for what the model takes (sluice.chunking.size)" };
    private readonly Option<string?> _overlap = new("--overlap") { HelpName = "TOKENS|%", Description = "What neighbouring chunks share (sluice.chunking.overlap)" };
    private readonly Option<string?> _ocr = new("--ocr") { HelpName = "WHEN", Description = "Recognises text in pictures: auto (scanned pages of PDFs), off, always (every page, and image files; sluice.parsing.ocr.mode)" };
    private readonly Option<string?> _threads = new("--threads") { HelpName = "N", Description = "Threads of the model (sluice.embedding.threads)" };
    private readonly Option<string?> _variant = new("--variant") { HelpName = "NAME", Description = "Which export of the model: fp32, fp16, int8, ... (sluice.embedding.variant)" };
    private readonly Option<string?> _dimensions = new("--dimensions") { HelpName = "N", Description = "Components of a vector to keep, for models trained to be cut (sluice.embedding.dimensions)" };
    private readonly Option<string?> _device = new("--device") { HelpName = "DEVICE", Description = "Where the model runs: auto, cpu, cuda:0,cuda:1, tensorrt:0 (sluice.embedding.device)" };
    private readonly Option<bool> _noPrune = new("--no-prune") { Description = "Keeps documents that are gone from the source (sluice.prune = never)" };
    private readonly Option<bool> _prune = new("--prune") { Description = "Removes documents that are gone from the source, however many they are (sluice.prune = always); else a run asks before it removes more than a tenth" };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Lists the sources and says what a run would do; writes nothing" };
    private readonly Option<bool> _yes = new("--yes", "-y") { Description = "Agrees to embed everything again after the model or the chunking changed, and to what --prune does" };
    private readonly Option<bool> _cluster = new("--cluster") { Description = "Gives the work to the cluster of the ledger (--ledger postgres://…) as a job, and follows it" };
    private readonly Option<bool> _dashboard = new("--dashboard") { Description = "Shows the run at http://127.0.0.1:7070/ (or a free port, which is printed) while it lasts" };
    private readonly Option<string?> _dashboardPort = new("--dashboard-port") { HelpName = "PORT", Description = "Port of the dashboard, 0 for a free one; implies --dashboard" };
    private readonly Option<bool> _dashboardKeep = new("--dashboard-keep") { Description = "Keeps the dashboard after the run, until Ctrl-C; implies --dashboard" };
    private readonly Option<bool> _json = new("--json") { Description = "Ends with the accounting as one line of JSON on standard output" };

    public IngestVerb()
        : base("ingest", "Reads documents into the database. Again over the same documents, only what changed costs.")
    {
        Add(_paths);
        Add(_to);
        Add(_ledger);
        Add(_model);
        Add(_include);
        Add(_exclude);
        Add(_chunkSize);
        Add(_overlap);
        Add(_ocr);
        Add(_threads);
        Add(_variant);
        Add(_dimensions);
        Add(_device);
        Add(_noPrune);
        Add(_prune);
        Add(_dryRun);
        Add(_yes);
        Add(_cluster);
        Add(_dashboard);
        Add(_dashboardPort);
        Add(_dashboardKeep);
        Add(_json);
    }

    public override IReadOnlyList<(string Command, string Meaning)> Examples =>
    [
        ("sluice ingest docs", "the folder docs into ./sluice.db"),
        ("sluice ingest docs notes.pdf --exclude '**/draft/**' --to sqlite:/data/all.db", "two sources into a database elsewhere"),
        ("sluice ingest docs --to sqlite:a.db --to pgvector://me@host/db", "into two databases at once, embedded once"),
        ("sluice ingest docs --dashboard", "with a page that shows how it goes, and steers it"),
        ("sluice ingest docs --json | tail -1 | jq .indexed", "for programs"),
    ];

    public override IEnumerable<CommandLineSetting> Settings(ParseResult line) =>
    [
        .. Databases(line, _to),
        .. Setting(line, _ledger, "ledger"),
        .. Setting(line, _model, "model"),
        .. Setting(line, _include, "source.include"),
        .. Setting(line, _exclude, "source.exclude"),
        .. Setting(line, _chunkSize, "chunking.size"),
        .. Setting(line, _overlap, "chunking.overlap"),
        .. Setting(line, _ocr, "parsing.ocr.mode"),
        .. Setting(line, _threads, "embedding.threads"),
        .. Setting(line, _variant, "embedding.variant"),
        .. Setting(line, _dimensions, "embedding.dimensions"),
        .. Setting(line, _device, "embedding.device"),
        .. PruneSetting(line),
    ];

    private IEnumerable<CommandLineSetting> PruneSetting(ParseResult line) => (line.GetValue(_noPrune), line.GetValue(_prune)) switch
    {
        (true, true) => throw new ConfigurationException("--prune and --no-prune say the opposite of each other; give one of them."),
        (true, false) => [new("prune", "never", "option --no-prune")],
        (false, true) => [new("prune", "always", "option --prune")],
        _ => [],
    };

    public override async Task<int> RunAsync(VerbContext context)
    {
        try
        {
            return await IngestAsync(context);
        }
        catch (Exception exception) when (context.Line.GetValue(_json))
        {
            TellFailure(context.Line, context.Host, exception);
            throw;
        }
    }

    public override void TellFailure(ParseResult line, CliHost host, Exception failure)
    {
        if (line.GetValue(_json))
        {
            JsonOut.WriteLine(host.Out, json => AccountingJson.WriteFailure(json, FailureReport.Describe(failure, host.Stop), FailureReport.ExitCodeOf(failure, host.Stop)));
        }
    }

    private Task<int> SubmitAsync(VerbContext context)
    {
        var locations = Locations(context);
        if (locations.Any(static location => location.Kind == SourceKind.StandardInput))
        {
            throw new ConfigurationException("Standard input is read on this machine only; leave --cluster out, or put the text where the nodes reach it.");
        }

        if (context.Databases.Sinks.Count > 1)
        {
            throw new ConfigurationException("A job of a cluster fills one database; submit one for each: sluice ingest --cluster … --to URI.");
        }

        var submission = JobText.OfCommandLine(locations, context.Sources, context.Settings.Get<JobOptions>().Weight);
        return JobVerbs.WithJobsAsync(context, async jobs =>
        {
            var number = await jobs.SubmitAsync(submission, context.Stop);
            context.Note($"job {number} '{submission.Name}' is submitted");
            return await JobFollower.FollowAsync(context, jobs, number, context.Line.GetValue(_json));
        });
    }

    private async Task<int> IngestAsync(VerbContext context)
    {
        if (context.Line.GetValue(_cluster))
        {
            return await SubmitAsync(context);
        }

        var databases = context.Databases;
        var rooms = context.Rooms;
        var locations = Locations(context);
        var listen = IngestBoard.ListenOn(context.Line.GetValue(_dashboardPort));
        if (databases.Sinks.Count > 1 && HasDashboard(context))
        {
            throw new ConfigurationException("The dashboard shows one database; leave --dashboard out, or fill one database at a time.");
        }

        databases.RequireApart(locations);
        var sources = OpenSources();
        if (context.Line.GetValue(_dryRun))
        {
            return await new DryRun(context, sources, context.Line.GetValue(_json)).RunAsync();
        }

        var options = context.Settings.Get<SluiceOptions>();
        await using var model = await rooms.OpenModelAsync(options.Model, context.Note, context.Stop);
        await model.CheckAsync(context.Stop);
        var parser = rooms.CreateParser(model);
        var configuration = ConfigurationHash.Of(parser, rooms.CreateChunker(model), model.Info);
        var questions = context.CreateQuestions();
        await using var sinks = await OpenedSinks.OpenAsync(rooms, questions, databases.Sinks, context.Stop);
        await using var ledger = rooms.OpenLedger(databases.Ledger);
        var asked = questions.Of(ledger); // Until the run begins; the run waits by itself, and shows that.
        await asked.InitializeAsync(context.Stop);
        await using var lease = await asked.AcquireAsync(VerbContext.Holder($"ingest {Secrets.Redact(string.Join(' ', context.Line.GetRequiredValue(_paths)))}"), context.Stop);
        var yes = context.Line.GetValue(_yes);
        var prune = yes && options.Prune == PruneMode.Ask ? PruneMode.Always : options.Prune;
        if (sinks.All.Count > 1)
        {
            // One that does not answer now is left out of this run: the others need not wait for it.
            var once = new IngestConsent(context, null, asked, model, sources, configuration, yes);
            var fanOut = new FanOutIngest(context, sink => new(OpenSources(), parser, model, sink, ledger, configuration, prune));
            return await fanOut.RunAsync(sinks.All, plan => once.AskAsync(plan.Sink), context.Line.GetValue(_json));
        }

        var sink = sinks.All[0];
        if (!await new IngestConsent(context, questions, asked, model, sources, configuration, yes).AskAsync(sink))
        {
            context.Note("nothing was changed");
            return ExitCodes.Usage;
        }

        using var telemetry = TelemetryHost.Create(context.Settings, context.Host.Environment, HasDashboard(context), context.Host.TimeProvider);
        var plan = new IngestionPlan(sources, parser, model, sink, ledger, configuration, prune) { Metrics = telemetry?.Actors };
        if (!HasDashboard(context))
        {
            await using var ingestion = rooms.CreateIngestion(plan, context.Note);
            return Report(context, await RunAsync(context, ingestion, ingestion.RunAsync(context.Stop)), sink.Name, model.Info.Name);
        }

        await using var board = await IngestBoard.StartAsync(context, plan, locations, lease, telemetry!, listen);
        return await RunAsync(context, board, plan);

        IDocumentSource[] OpenSources() => Array.ConvertAll(locations, location => rooms.OpenSource(location, databases.OwnFiles()));
    }

    private bool HasDashboard(VerbContext context) =>
        context.Line.GetValue(_dashboard) || context.Line.GetValue(_dashboardKeep) || context.Line.GetValue(_dashboardPort) is not null;

    private async Task<int> RunAsync(VerbContext context, IngestBoard board, IngestionPlan plan)
    {
        int code;
        await using (var ingestion = context.Rooms.CreateIngestion(plan, context.Note))
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.Stop, board.Cancelled);
            var run = ingestion.RunAsync(stop.Token);
            board.Watch(ingestion, run);
            try
            {
                code = Report(context, await RunAsync(context, ingestion, run), plan.Sink.Name, plan.Model.Info.Name);
            }
            finally
            {
                await board.EndAsync(run);
            }
        }

        await context.Out.FlushAsync(CancellationToken.None);
        await board.RestAsync(context, context.Line.GetValue(_dashboardKeep));
        return code;
    }

    private static async Task<IngestionResult> RunAsync(VerbContext context, IIngestion ingestion, Task<IngestionResult> run)
    {
        await using (context.Stop.Register(() => context.Note("stopping cleanly… (Ctrl-C once more ends at once)")))
        {
            await ProgressDisplay.ShowAsync(context, ingestion, run);
        }

        return await run;
    }

    private int Report(VerbContext context, IngestionResult result, string database, string model)
    {
        var accounting = result.Accounting;
        if (!accounting.Balances)
        {
            throw new InvalidOperationException($"The accounting does not balance: {AccountingText.Line(accounting)}.");
        }

        var dead = accounting.Dead.Values.Sum();
        var code = result.Stopped ? ExitCodes.Interrupted : result.Withheld > 0 ? ExitCodes.Usage : dead > 0 ? ExitCodes.DeadLetters : ExitCodes.Success;
        var peak = ProcessMemory.Peak;
        var write = context.Line.GetValue(_json) ? (Action<string>)context.Note : context.Out.WriteLine;
        write(AccountingText.Summary(result, peak));
        write(AccountingText.Line(accounting));
        foreach (var warning in result.Warnings)
        {
            context.Note(warning);
        }

        if (AccountingText.Surroundings(accounting) is { } surroundings)
        {
            context.Note(surroundings);
        }

        if (accounting.Discovered == 0 && result is { Stopped: false, Warnings.Count: 0 })
        {
            context.Note("No documents were found: nothing is there, or include and exclude (and hidden names, which are left out) leave nothing over.");
        }

        if (dead > 0)
        {
            context.Note($"{CountText.Documents(dead)} could not be indexed; `sluice dead list{CommandText.Option("--from", context.Line.GetValue(_to) is [var to] ? to : null)}{CommandText.Option("--ledger", context.Line.GetValue(_ledger))}` says why.");
        }

        if (result.Stopped)
        {
            context.Note("stopped; run the same command again to go on from there.");
        }

        if (context.Line.GetValue(_json))
        {
            JsonOut.WriteLine(context.Out, json => AccountingJson.Write(json, result, code, database, model, peak));
        }

        return code;
    }

    private SourceLocation[] Locations(VerbContext context) =>
        Array.ConvertAll(context.Line.GetRequiredValue(_paths), location => SourceLocation.Parse(location, context.Host.WorkingDirectory));
}
