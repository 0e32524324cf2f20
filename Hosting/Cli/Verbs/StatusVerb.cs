using System.CommandLine;
using System.Globalization;
using Sluice.Hosting.Cli.Json;
using Sluice.Hosting.Cli.Text;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Text;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary><c>sluice status</c>: what the database and the ledger hold.</summary>
internal sealed class StatusVerb : Verb
{
    /// <summary>Removed documents that are shown unasked.</summary>
    private const int LastRemovals = 5;

    private readonly Option<string?> _from = new("--from") { HelpName = "URI", Description = "Database (sluice.database)" };
    private readonly Option<string?> _ledger = new("--ledger") { HelpName = "URI", Description = "Ledger (sluice.ledger)" };
    private readonly Option<string?> _api = new("--api") { HelpName = "URL", Description = "Asks a running Sluice there what it does just now, instead of the database" };
    private readonly Option<bool> _removed = new("--removed") { Description = "Lists all documents that were removed lately because their source has them no longer, latest first" };
    private readonly Option<bool> _json = new("--json") { Description = "Writes a JSON object" };

    public StatusVerb()
        : base("status", "Shows what the database holds: sources, documents by state, chunks, model.")
    {
        Add(_from);
        Add(_ledger);
        Add(_api);
        Add(_removed);
        Add(_json);
    }

    public override IEnumerable<CommandLineSetting> Settings(ParseResult line) =>
        [.. Database(line, _from), .. Setting(line, _ledger, "ledger")];

    public override Task<int> RunAsync(VerbContext context) => context.Line.GetValue(_api) is { } address ? AskAsync(context, address) : context.WithDatabaseAsync(async (sink, ledger) =>
    {
        var collection = await sink.DescribeAsync(context.Stop);
        var chunks = collection is null ? 0 : await sink.CountAsync(context.Stop);
        var scopes = await ledger.SummarizeAsync(sink.Name, context.Stop);
        var removals = await ledger.ListRemovalsAsync(sink.Name, context.Line.GetValue(_removed) ? int.MaxValue : LastRemovals, context.Stop);
        var size = DatabaseUris.FileOf(context.Databases.Sink) is { } file && File.Exists(file) ? new FileInfo(file).Length : (long?)null;
        if (context.Line.GetValue(_json))
        {
            WriteJson(context, sink.Name, collection, chunks, size, scopes, removals);
        }
        else
        {
            WriteText(context, sink.Name, collection, chunks, size, scopes, removals);
        }

        return ExitCodes.Success;
    });

    private async Task<int> AskAsync(VerbContext context, string address)
    {
        using var client = new ApiClient(address, context.Host.Environment);
        var (overview, nodes) = await client.LookAsync(context.Stop);
        if (context.Line.GetValue(_json))
        {
            context.Out.WriteLine(System.Text.Json.JsonSerializer.Serialize(overview, Http.Contract.ApiJson.Default.Overview));
        }
        else
        {
            foreach (var line in OverviewText.Lines(overview, nodes, Math.Max(80, context.Host.Width)))
            {
                context.Out.WriteLine(line);
            }
        }

        return ExitCodes.Success;
    }

    private static void WriteText(VerbContext context, string name, CollectionInfo? collection, long chunks, long? size, IReadOnlyList<ScopeSummary> scopes, IReadOnlyList<Removal> removals)
    {
        var output = context.Out;
        output.WriteLine($"database  {name}{(size is { } bytes ? $" ({ByteSize.Humanize(bytes)})" : "")}");
        output.WriteLine(collection is null
            ? "model     none yet"
            : string.Create(CultureInfo.InvariantCulture, $"model     {collection.ModelName} ({collection.Kind.ToString().ToLowerInvariant()}, {collection.Dimension} dimensions)"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"chunks    {chunks:N0}"));
        foreach (var scope in scopes)
        {
            var place = Places.OfDocument(scope.Scope.Uri, context.Host.WorkingDirectory);
            var states = Enum.GetValues<DocumentState>().Where(state => scope.Documents.GetValueOrDefault(state) > 0)
                .Select(state => string.Create(CultureInfo.InvariantCulture, $"{state.ToString().ToLowerInvariant()} {scope.Documents[state]:N0}"));
            output.WriteLine();
            output.WriteLine(context.Ansi.Bold(place));
            output.WriteLine($"  documents  {string.Join(", ", states.DefaultIfEmpty("none"))}");
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  chunks     {scope.Chunks:N0}"));
            if (scope.Kept > 0)
            {
                output.WriteLine($"  kept       the earlier text of {CountText.Documents(scope.Kept)} that cannot be read as they are now; `sluice dead list` says why");
            }

            output.WriteLine($"  last run   {scope.LastWalk.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)}{(scope.LastWalkComplete ? "" : ", not finished: run `sluice ingest` again")}{(scope.Removed > 0 ? $"; removed {CountText.Documents(scope.Removed)}" : "")}");
        }

        if (removals.Count > 0)
        {
            output.WriteLine();
            output.WriteLine("Removed lately, because their source has them no longer (--removed lists all):");
            foreach (var removal in removals)
            {
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"  {removal.At.ToLocalTime():yyyy-MM-dd HH:mm:ss}  {Places.OfDocument(removal.Uri, context.Host.WorkingDirectory)} ({removal.Chunks:N0} chunks)"));
            }
        }

        if (scopes.Any(static scope => scope.Documents.GetValueOrDefault(DocumentState.Dead) > 0))
        {
            output.WriteLine();
            output.WriteLine("Dead letters: `sluice dead list`.");
        }
    }

    private static void WriteJson(VerbContext context, string name, CollectionInfo? collection, long chunks, long? size, IReadOnlyList<ScopeSummary> scopes, IReadOnlyList<Removal> removals) =>
        JsonOut.WriteLine(context.Out, json =>
        {
            json.WriteStartObject();
            json.WriteString("database", name);
            json.WriteNumber("chunks", chunks);
            if (size is { } bytes)
            {
                json.WriteNumber("bytes", bytes);
            }

            if (collection is not null)
            {
                json.WriteString("model", collection.ModelName);
                json.WriteNumber("dimension", collection.Dimension);
            }

            json.WriteStartArray("sources");
            foreach (var scope in scopes)
            {
                json.WriteStartObject();
                json.WriteString("scope", Secrets.Redact(scope.Scope.ToString()));
                json.WriteCounts("documents", scope.Documents.ToDictionary(static entry => entry.Key.ToString().ToLowerInvariant(), static entry => entry.Value, StringComparer.Ordinal));
                json.WriteNumber("chunks", scope.Chunks);
                json.WriteNumber("kept", scope.Kept);
                json.WriteNumber("removed", scope.Removed);
                json.WriteString("lastRun", scope.LastWalk);
                json.WriteBoolean("complete", scope.LastWalkComplete);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("removed");
            foreach (var removal in removals)
            {
                json.WriteStartObject();
                json.WriteString("uri", Secrets.Redact(removal.Uri));
                json.WriteString("at", removal.At);
                json.WriteNumber("run", removal.Walk);
                json.WriteNumber("chunks", removal.Chunks);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
}
