using System.CommandLine;
using Microsoft.Extensions.Logging;
using Sluice.Actors.Parsing.Sources;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Http;
using Sluice.Hosting.Http.Local;
using Sluice.Hosting.Monitoring;
using Sluice.Hosting.Telemetry;
using Sluice.Streams.Failures;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice serve</c>: search, status and dead letters of a database over HTTP, ingestions that are posted to it, and its model for others.</summary>
internal sealed class ServeVerb : Verb
{
    private readonly Option<string?> _from = new("--from") { HelpName = "URI", Description = "Database (sluice.database)" };
    private readonly Option<string?> _ledger = new("--ledger") { HelpName = "URI", Description = "Ledger (sluice.ledger)" };
    private readonly Option<string?> _model = new("--model") { HelpName = "NAME|PATH", Description = "Model; by default the one that the database was made with (sluice.model)" };
    private readonly Option<string?> _device = new("--device") { HelpName = "DEVICE", Description = "Where the model runs: auto, cpu, cuda:0,cuda:1, tensorrt:0 (sluice.embedding.device)" };
    private readonly Option<string?> _http = new("--http") { HelpName = "HOST:PORT", Description = "Where to listen (sluice.http.listen); 127.0.0.1:7070 without it. Anything but loopback needs a token: SLUICE_API_TOKEN" };
    private readonly Option<string[]> _allow = new("--allow") { HelpName = "PATH|URI", Description = "What posted jobs may ingest beside what the database was filled from; may be repeated (sluice.http.sources)" };

    public ServeVerb()
        : base("serve", "Answers over HTTP until Ctrl-C: the dashboard, search, status, dead letters, ingestions posted to it, and embeddings as OpenAI's API gives them.")
    {
        Add(_from);
        Add(_ledger);
        Add(_model);
        Add(_device);
        Add(_http);
        Add(_allow);
    }

    public override LogLevel? DefaultLogLevel => LogLevel.Information;

    public override IReadOnlyList<(string Command, string Meaning)> Examples =>
    [
        ("sluice serve", "the dashboard of ./sluice.db at http://127.0.0.1:7070/"),
        ("sluice serve --http 0.0.0.0:7070 --allow /srv/docs", "for others, who need the token in SLUICE_API_TOKEN; they may ingest /srv/docs"),
    ];

    public override IEnumerable<CommandLineSetting> Settings(ParseResult line) =>
    [
        .. Setting(line, _from, "database"),
        .. Setting(line, _ledger, "ledger"),
        .. Setting(line, _model, "model"),
        .. Setting(line, _device, "embedding.device"),
        .. Setting(line, _http, "http.listen"),
        .. Setting(line, _allow, "http.sources"),
    ];

    public override async Task<int> RunAsync(VerbContext context)
    {
        var http = context.Settings.Get<HttpOptions>();
        var databases = context.Databases;
        http.Sources = AllowedSourcesOf(http.Sources, context.Host.WorkingDirectory);
        if (http.Sources.Count == 0)
        {
            databases.RequireExisting();
        }

        var time = context.Host.TimeProvider;
        var tokens = ApiTokens.Load(http, context.Host.Environment, context.Host.WorkingDirectory);
        using var telemetry = TelemetryHost.Create(context.Settings, context.Host.Environment, scraped: true, time)!;
        await using var sink = context.Rooms.OpenSink(databases.Sink);
        await using var ledger = context.Rooms.OpenLedger(databases.Ledger);
        await ledger.InitializeAsync(context.Stop);
        if (context.Settings.Get<SluiceOptions>().Model is { Length: > 0 } model)
        {
            await using var named = await context.Rooms.OpenModelAsync(model, context.Note, context.Stop); // A wrong name is told now, not with the first question.
        }

        var scopes = await ledger.SummarizeAsync(sink.Name, context.Stop);
        var names = new RunNames([.. scopes.Select(static scope => Secrets.Redact(scope.Scope.Uri))], sink.Name, Model: null);
        var parts = new LocalServerParts(
            context.Sources, context.Settings, settings => context.Host.Rooms(settings, context.Loggers, time), databases.Sink, sink, ledger, databases.OwnFiles(), names, tokens, telemetry, context.Loggers, time);
        await using var server = await LocalServer.StartAsync(parts, http.Listen.Length > 0 ? http.Listen : null, "--http", context.Stop);
        await context.Out.WriteLineAsync($"ready: {server.Address}");
        await context.Out.FlushAsync(context.Stop);
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (context.Stop.Register(stopped.SetResult))
        {
            await stopped.Task;
        }

        return ExitCodes.Success;
    }

    /// <summary>What posted jobs may read, paths made absolute.</summary>
    /// <exception cref="ConfigurationException">One is neither a path that exists nor a URI that can be read.</exception>
    private static string[] AllowedSourcesOf(IReadOnlyList<string> given, string workingDirectory) => [.. given.Select(one =>
        AllowList.Locate(one, workingDirectory) is var location && (location.Kind != SourceKind.File || Path.Exists(location.Path))
            ? location.Text
            : throw new ConfigurationException($"--allow {one} (sluice.http.sources): there is no file or folder {location.Path}. Write a path that exists, or a URI: http://host/path, s3://bucket/prefix/."))];
}
