using System.Globalization;
using Sluice.Hosting.Cli.Json;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary>
/// Says what a run would do, from listings alone: no document is opened and nothing is written. Says also what the run would ask consent for. Holds some 60 bytes for
/// each document of the ledger. Used once.
/// </summary>
/// <param name="context">The verb's context.</param>
/// <param name="sources">The sources.</param>
/// <param name="asJson">Whether to end with a line of JSON.</param>
internal sealed class DryRun(VerbContext context, IReadOnlyList<IDocumentSource> sources, bool asJson)
{
    private const int PageSize = 1_000;
    private readonly Dictionary<DocumentId, (int Listing, DocumentState State)> _known = [];
    private readonly HashSet<DocumentId> _seen = [];
    private readonly Dictionary<string, long> _problems = new(StringComparer.Ordinal);
    private long _new;
    private long _changed;
    private long _unfinished;
    private long _settled;
    private long _bytes;
    private string? _consequence;

    /// <summary>Lists the sources, compares with the ledger and tells.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync()
    {
        await ReadLedgerAsync();
        foreach (var source in sources)
        {
            await foreach (var page in source.ListAsync(null, context.Stop))
            {
                foreach (var document in page.Documents)
                {
                    if (_seen.Add(document.Id))
                    {
                        Take(document);
                    }
                }
            }
        }

        Write();
        return ExitCodes.Success;
    }

    private async Task ReadLedgerAsync()
    {
        var databases = context.Databases;
        if (new[] { DatabaseUris.FileOf(databases.Sink), DatabaseUris.FileOf(databases.Ledger) }.Any(static file => file is not null && !File.Exists(file)))
        {
            return;
        }

        await using var sink = context.Rooms.OpenSink(databases.Sink);
        var questions = context.CreateQuestions();
        await using var ledger = questions.Of(context.Rooms.OpenLedger(databases.Ledger));
        await ledger.InitializeAsync(context.Stop);
        IReadOnlyList<LedgerDocument> page;
        DocumentId? after = null;
        do
        {
            page = await ledger.ListDocumentsAsync(sink.Name, after, PageSize, context.Stop);
            foreach (var document in page)
            {
                _known[document.Listed.Id] = (Mark(document.Listed), document.State);
                after = document.Listed.Id;
            }
        }
        while (page.Count == PageSize);
        if (await questions.MeetAsync(sink, context.Stop) is { } collection)
        {
            await using var model = await context.Rooms.OpenModelAsync(context.Settings.Get<SluiceOptions>().Model, context.Note, context.Stop);
            var configuration = ConfigurationHash.Of(context.Rooms.CreateParser(model), context.Rooms.CreateChunker(model), model.Info);
            _consequence = await new IngestConsent(context, questions, ledger, model, sources, configuration, yes: false).FindAsync(sink, collection);
        }
    }

    private void Take(ListedDocument document)
    {
        if (document.Problem is { } problem)
        {
            _problems[problem.Reason] = _problems.GetValueOrDefault(problem.Reason) + 1;
            return;
        }

        if (!_known.TryGetValue(document.Id, out var known))
        {
            _new++;
        }
        else if (known.State is DocumentState.Pending or DocumentState.Processing)
        {
            _unfinished++;
        }
        else if (known.Listing != Mark(document))
        {
            _changed++;
        }
        else
        {
            _settled++;
            return;
        }

        _bytes += document.Length ?? 0;
    }

    /// <summary>What tells a changed document: its version, else size and time.</summary>
    private static int Mark(ListedDocument document) =>
        document.Version is not null ? HashCode.Combine(document.Version) : HashCode.Combine(document.Length, document.Modified);

    private void Write()
    {
        var problems = _problems.Values.Sum();
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"discovered {_seen.Count:N0} = new {_new:N0} + changed {_changed:N0} + unfinished {_unfinished:N0} + unchanged {_settled:N0} + unreadable {problems:N0}");
        var write = asJson ? (Action<string>)context.Note : context.Out.WriteLine;
        write(text + $"; a run would read {ByteSize.Humanize(_bytes)}{(_consequence is null ? "" : ", and more")}. Nothing was written.");
        if (_consequence is not null)
        {
            write($"{_consequence} The run would want consent (--yes).");
        }

        if (asJson)
        {
            JsonOut.WriteLine(context.Out, json =>
            {
                json.WriteStartObject();
                json.WriteBoolean("dryRun", true);
                json.WriteNumber("discovered", _seen.Count);
                json.WriteNumber("new", _new);
                json.WriteNumber("changed", _changed);
                json.WriteNumber("unfinished", _unfinished);
                json.WriteNumber("unchanged", _settled);
                json.WriteCounts("problems", _problems);
                json.WriteNumber("bytes", _bytes);
                json.WriteString("consentNeededFor", _consequence);
                json.WriteEndObject();
            });
        }
    }
}
