using System.Runtime.CompilerServices;
using System.Text.Json;
using Sluice.Actors.Core;
using Sluice.Hosting.Cli;
using Sluice.Hosting.Composition;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Tests.Cli;

public sealed class IngestVerbTests : IDisposable
{
    private static readonly Accounting Clean = new(3, 2, 0, new Dictionary<string, long> { ["empty"] = 1 }, new Dictionary<string, long>(), 0);

    private readonly CliRun _cli = new();
    private readonly TestSink _sink = new();
    private IngestionPlan? _plan;

    public void Dispose() => _cli.Dispose();

    private TestRooms Rooms(Func<CancellationToken, Task<IngestionResult>> run, TestLedger? ledger = null) => new()
    {
        Sink = () => _sink,
        Ledger = () => ledger ?? new TestLedger(),
        Model = _ => new TestModel(),
        Source = new TestSource(),
        Ingestion = plan =>
        {
            _plan = plan;
            return new TestIngestion(run);
        },
    };

    private static Func<CancellationToken, Task<IngestionResult>> Ends(Accounting accounting) => _ => Task.FromResult(
        new IngestionResult(accounting) { ChunksEmbedded = 10, ChunksReused = 2, ChunksDeleted = 1, Tokens = 950, PaddedTokens = 1000, Elapsed = TimeSpan.FromSeconds(2), Removed = 4 });

    [Fact]
    public async Task Ingest_AllWell_EndsWithTheAccounting()
    {
        _cli.Rooms = Rooms(Ends(Clean));

        (await _cli.RunAsync("ingest", "docs", "more")).ShouldBe(ExitCodes.Success);

        var lines = _cli.Out.TrimEnd().Split('\n');
        lines[0].ShouldStartWith("chunks: embedded 10, reused 2, deleted 1; tokens 950 (475/s, padding 5.0 %); 2.0 s, peak memory ");
        lines[0].ShouldEndWith("; removed 4 documents that are gone");
        lines[1].ShouldBe("discovered 3 = indexed 2 + unchanged 0 + skipped 1 (empty 1) + dead 0");
        _cli.Error.ShouldBeEmpty();
        _plan!.Sources.Count.ShouldBe(2);
        _plan.Prune.ShouldBe(PruneMode.Ask);
    }

    [Fact]
    public async Task Ingest_NoPrune_ReachesThePlan()
    {
        _cli.Rooms = Rooms(Ends(Clean));
        await _cli.RunAsync("ingest", "docs", "--no-prune");
        _plan!.Prune.ShouldBe(PruneMode.Never);
    }

    [Fact]
    public async Task Ingest_DeadLetters_Returns3AndSaysHowToSeeThem()
    {
        _cli.Rooms = Rooms(Ends(new(2, 0, 0, new Dictionary<string, long>(), new Dictionary<string, long> { ["corrupt"] = 2 }, 0)));

        (await _cli.RunAsync("ingest", "docs")).ShouldBe(ExitCodes.DeadLetters);

        _cli.Out.ShouldContain("dead 2 (corrupt 2)");
        _cli.Error.ShouldBe("2 documents could not be indexed; `sluice dead list` says why.\n");
    }

    [Fact]
    public async Task Ingest_DeadLetterInAnotherDatabase_NamesItInTheAdvice()
    {
        _cli.Rooms = Rooms(Ends(new(1, 0, 0, new Dictionary<string, long>(), new Dictionary<string, long> { ["corrupt"] = 1 }, 0)));

        (await _cli.RunAsync("ingest", "docs", "--to", "sqlite:./x.db?collection=mails", "--ledger", "sqlite:ledger.db")).ShouldBe(ExitCodes.DeadLetters);

        _cli.Error.ShouldBe("1 document could not be indexed; `sluice dead list --from 'sqlite:./x.db?collection=mails' --ledger sqlite:ledger.db` says why.\n");
    }

    [Fact]
    public async Task Ingest_Json_LastLineIsTheAccountingAndAllElseOnStandardError()
    {
        _cli.Rooms = Rooms(Ends(Clean));

        (await _cli.RunAsync("ingest", "docs", "--json")).ShouldBe(ExitCodes.Success);

        var json = JsonDocument.Parse(_cli.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldHaveSingleItem()).RootElement;
        json.GetProperty("discovered").GetInt32().ShouldBe(3);
        json.GetProperty("indexed").GetInt32().ShouldBe(2);
        json.GetProperty("skippedByReason").GetProperty("empty").GetInt32().ShouldBe(1);
        json.GetProperty("chunks").GetProperty("embedded").GetInt32().ShouldBe(10);
        json.GetProperty("removed").GetInt32().ShouldBe(4);
        json.GetProperty("seconds").GetDouble().ShouldBe(2);
        json.GetProperty("peakMemoryBytes").GetInt64().ShouldBeGreaterThan(1 << 20);
        json.GetProperty("outcome").GetString().ShouldBe("complete");
        json.GetProperty("exitCode").GetInt32().ShouldBe(0);
        _cli.Error.ShouldContain("discovered 3 = ");
    }

    [Fact]
    public async Task Ingest_JsonAndFailure_LastLineSaysSo()
    {
        _cli.Rooms = Rooms(_ => Task.FromException<IngestionResult>(new StorageException("The disk is full: free some space and run again.")));

        (await _cli.RunAsync("ingest", "docs", "--json")).ShouldBe(ExitCodes.Failure);

        var json = JsonDocument.Parse(_cli.Out).RootElement;
        (json.GetProperty("outcome").GetString(), json.GetProperty("exitCode").GetInt32()).ShouldBe(("failed", 1));
        json.GetProperty("error").GetString().ShouldBe("The disk is full: free some space and run again.");
        _cli.Error.ShouldBe("sluice: The disk is full: free some space and run again.\n");
    }

    [Fact]
    public async Task Ingest_Stopped_Returns130AndSaysHowToGoOn()
    {
        using var stop = new CancellationTokenSource();
        _cli.Stop = stop.Token;
        _cli.Rooms = Rooms(async token =>
        {
            var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = token.Register(stopped.SetResult);
            await stop.CancelAsync();
            await stopped.Task;
            return new(Clean with { Indexed = 1, Pending = 1 }) { Stopped = true };
        });

        (await _cli.RunAsync("ingest", "docs")).ShouldBe(ExitCodes.Interrupted);

        _cli.Error.ShouldContain("stopping cleanly…");
        _cli.Error.ShouldEndWith("stopped; run the same command again to go on from there.\n");
        _cli.Out.ShouldContain("+ pending 1");
    }

    [Fact]
    public async Task Ingest_AccountingThatDoesNotBalance_IsAFailure()
    {
        _cli.Rooms = Rooms(Ends(Clean with { Indexed = 1 }));
        (await _cli.RunAsync("ingest", "docs")).ShouldBe(ExitCodes.Failure);
        _cli.Error.ShouldContain("The accounting does not balance: discovered 3 = indexed 1");
    }

    [Fact]
    public async Task Ingest_HeldLedger_SaysWhoHoldsIt()
    {
        _cli.Rooms = Rooms(Ends(Clean), new() { OnAcquire = new LedgerHeldException("sluice.db is being written by process 7; wait for it or stop it.") });
        (await _cli.RunAsync("ingest", "docs")).ShouldBe(ExitCodes.Failure);
        _cli.Error.ShouldBe("sluice: sluice.db is being written by process 7; wait for it or stop it.\n");
        _plan.ShouldBeNull();
    }

    [Fact]
    public async Task Ingest_ServerThatRefusesItsFirstCall_MakesNoLedger()
    {
        var sink = new TestSink { Refusal = new ConfigurationException("Qdrant at 127.0.0.1:6333 wants a key: set QDRANT_API_KEY.") };
        _cli.Rooms = new TestRooms { Sink = () => sink, Model = _ => new TestModel(), Source = new TestSource(), Ledger = () => throw new InvalidOperationException("the ledger was opened") };
        (await _cli.RunAsync("ingest", "docs", "--to", "qdrant://127.0.0.1:6333/docs")).ShouldBe(ExitCodes.Usage);
        _cli.Error.ShouldBe("sluice: Qdrant at 127.0.0.1:6333 wants a key: set QDRANT_API_KEY.\n");
    }

    [Fact]
    public async Task Ingest_ChangedModelWithoutConsent_IsRefusedInWords()
    {
        _sink.Collection = new("old", "f0", EmbeddingKind.Dense, 2, Distance.Cosine);
        var ledger = new TestLedger { Scopes = [new(SourceScope.Prefix("file:///other/"), "c", new Dictionary<DocumentState, long>(), 1, DateTimeOffset.UnixEpoch, true)] };
        _cli.Rooms = Rooms(Ends(Clean), ledger);

        (await _cli.RunAsync("ingest", "docs")).ShouldBe(ExitCodes.Usage);

        _cli.Error.ShouldBe("sluice: The database holds 0 chunks of the model old; with the model tiny all of them are deleted and embedded again. Of these the run restores only what it is given; ingest the others again afterwards: /other/. To keep them, write --model old. Run again with --yes if that is what you want.\n");
        _sink.Dropped.ShouldBeFalse();
        ledger.Calls.ShouldBe(["initialize", "acquire", "release"]);
    }

    [Fact]
    public async Task Ingest_ChangedModelWithYes_DropsAndGoesOn()
    {
        _sink.Collection = new("old", "f0", EmbeddingKind.Dense, 2, Distance.Cosine);
        var ledger = new TestLedger();
        _cli.Rooms = Rooms(Ends(Clean), ledger);

        (await _cli.RunAsync("ingest", "docs", "--yes")).ShouldBe(ExitCodes.Success);

        _sink.Dropped.ShouldBeTrue();
        ledger.Calls.ShouldBe(["initialize", "acquire", "forget", "release"]);
    }

    [Theory]
    [InlineData("y\n", ExitCodes.Success)]
    [InlineData("\n", ExitCodes.Usage)]
    [InlineData("", ExitCodes.Usage)]
    public async Task Ingest_ChangedChunkingOnATerminal_Asks(string answer, int code)
    {
        _sink.Collection = new("tiny", "f1", EmbeddingKind.Dense, 2, Distance.Cosine);
        _cli.Rooms = Rooms(Ends(Clean), new() { Outdated = 1234 });
        _cli.IsTerminal = true;
        _cli.Answers = answer;

        (await _cli.RunAsync("ingest", "docs")).ShouldBe(code);

        _cli.Error.ShouldStartWith("Chunking or parsing changed since the last run: 1,234 documents are read and embedded again. Go on? [y/N] ");
        (_plan is null).ShouldBe(code != ExitCodes.Success);
    }

    [Fact]
    public async Task Ingest_OnATerminal_ShowsStagesAndGivesTheCursorBack()
    {
        _cli.IsTerminal = true;
        _cli.Rooms = Rooms(Ends(Clean));

        (await _cli.RunAsync("ingest", "docs")).ShouldBe(ExitCodes.Success);

        _cli.Error.ShouldContain("embed");
        _cli.Error.ShouldContain("[########........]");
        _cli.Error.ShouldContain("documents 2/3+");
        _cli.Error.LastIndexOf("\u001b[?25h", StringComparison.Ordinal).ShouldBeGreaterThan(_cli.Error.LastIndexOf("\u001b[?25l", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Ingest_DryRun_ListsAndWritesNothing()
    {
        _cli.Rooms = new TestRooms { Source = new TestSource() };

        (await _cli.RunAsync("ingest", "docs", "--dry-run")).ShouldBe(ExitCodes.Success);

        _cli.Out.ShouldBe("discovered 3 = new 2 + changed 0 + unfinished 0 + unchanged 0 + unreadable 1; a run would read 1.95 KiB. Nothing was written.\n");
        File.Exists(_cli.DatabaseFile).ShouldBeFalse();
    }

    [Fact]
    public async Task Ingest_DryRunAfterChangedChunking_SaysWhatTheRunWouldAsk()
    {
        _sink.Collection = new("tiny", "f1", EmbeddingKind.Dense, 2, Distance.Cosine);
        var ledger = new TestLedger { Outdated = 1234 };
        _cli.Rooms = new TestRooms { Source = new TestSource(), Model = static _ => new TestModel(), Sink = () => _sink, Ledger = () => ledger };
        await File.WriteAllBytesAsync(_cli.DatabaseFile, []);

        (await _cli.RunAsync("ingest", "docs", "--dry-run", "--json")).ShouldBe(ExitCodes.Success);

        _cli.Error.ShouldContain("a run would read 1.95 KiB, and more. Nothing was written.\n");
        _cli.Error.ShouldContain("Chunking or parsing changed since the last run: 1,234 documents are read and embedded again. The run would want consent (--yes).\n");
        _cli.Out.ShouldContain("\"consentNeededFor\":\"Chunking or parsing changed since the last run: 1,234 documents are read and embedded again.\"");
        ledger.Calls.ShouldBe(["initialize"]);
    }

    private sealed class TestSource : IDocumentSource
    {
        public SourceScope Scope => SourceScope.Prefix("file:///docs/");

        public string Description => "docs";

        public async IAsyncEnumerable<ListingPage> ListAsync(string? cursor, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.CompletedTask;
            yield return new([new("file:///docs/a", 1000), new("file:///docs/b", 1000)], "b");
            yield return new([new("file:///docs/c", Problem: Rejection.Dead(Reasons.Unreadable, "no"))], null);
        }

        public ValueTask<DocumentContent> OpenAsync(ListedDocument document, CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed class TestIngestion(Func<CancellationToken, Task<IngestionResult>> run) : IIngestion
    {
        public Task<IngestionResult> RunAsync(CancellationToken stop) => run(stop);

        public IngestionProgress Snapshot() => new() { Discovered = 3, Indexed = 2, Stages = [new("embed", "chunks", 10, 50, 100, "bytes")] };

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
