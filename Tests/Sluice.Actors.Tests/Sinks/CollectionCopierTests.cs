using Sluice.Actors.Chunking;
using Sluice.Actors.Core;
using Sluice.Actors.Parsing;
using Sluice.Actors.Parsing.Sources;
using Sluice.Actors.Sinks;
using Sluice.Streams.Chunks;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;
using Sluice.TestKit;
using Sluice.TestKit.Conformance;
using Sluice.TestKit.Models;
using Sluice.TestKit.Sinks;

namespace Sluice.Actors.Tests.Sinks;

/// <summary>Copies of a collection that a real run filled; ledgers in two files.</summary>
public sealed class CollectionCopierTests : Akka.TestKit.Xunit2.TestKit
{
    private const int Documents = 25;
    private readonly ScratchFolder _scratch = new();
    private readonly string _corpus;
    private readonly PipelineOptions _options = new() { RetryDelay = TimeSpan.FromMilliseconds(1), MaxRetryDelay = TimeSpan.FromMilliseconds(5), SinkFlushAge = TimeSpan.FromMilliseconds(5), BatchFlushAge = TimeSpan.FromMilliseconds(5) };
    private readonly List<string> _notices = [];
    private long _embedded;

    public CollectionCopierTests()
    {
        _corpus = Directory.CreateDirectory(_scratch.File("corpus")).FullName;
        for (var index = 0; index < Documents; index++)
        {
            Write(index, "rivers");
        }
    }

    [Fact]
    public async Task Copy_ThenIngest_FindsEverythingUnchanged()
    {
        await IngestAsync("from");
        var report = await CopyAsync();
        report.ShouldBe(new CopyReport(Documents, 0, 0, Documents * 2, 0, 0));
        (await RecordsAsync("to")).ShouldBe(await RecordsAsync("from"));

        var before = _embedded;
        var run = await IngestAsync("to");
        (run.Accounting.Unchanged, run.Accounting.Indexed, run.Chunks.Stored).ShouldBe((Documents, 0, 0));
        _embedded.ShouldBe(before);

        // Touched, not changed: the hash of the content was copied too.
        foreach (var file in Directory.EnumerateFiles(_corpus))
        {
            File.SetLastWriteTimeUtc(file, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        }

        (await IngestAsync("to")).Accounting.Unchanged.ShouldBe(Documents);
        _embedded.ShouldBe(before);
        (await VerifyAsync("to")).Agrees.ShouldBeTrue();
    }

    [Fact]
    public async Task Copy_Again_CopiesWhatChangedAndDropsWhatIsStale()
    {
        await IngestAsync("from");
        await CopyAsync();
        (await CopyAsync()).ShouldBe(new CopyReport(0, Documents, 0, 0, 0, 0));
        Write(7, "glaciers, which are slower");
        await IngestAsync("from");
        var report = await CopyAsync();
        (report.Documents, report.Unchanged).ShouldBe((1, Documents - 1));
        (await RecordsAsync("to")).ShouldBe(await RecordsAsync("from"));
        (await VerifyAsync("to")).Agrees.ShouldBeTrue();
    }

    [Fact]
    public async Task Copy_Interrupted_GoesOnWhereItStopped()
    {
        await IngestAsync("from");
        var calls = 0;
        await Should.ThrowAsync<StorageException>(CopyAsync(sink => new ScriptedSink(
            records => ++calls > 6 ? throw new StorageException("the disk is full") : sink.UpsertAsync(records, CancellationToken.None), sink.Capabilities, sink)));
        var report = await CopyAsync();
        report.Unchanged.ShouldBeInRange(1, Documents - 1);
        (report.Documents + report.Unchanged).ShouldBe(Documents);
        (await RecordsAsync("to")).ShouldBe(await RecordsAsync("from"));
        (await VerifyAsync("to")).Agrees.ShouldBeTrue();
    }

    [Fact]
    public async Task Copy_RecordRefused_IsLeftToTheNextIngestionAndTheRestCopied()
    {
        await IngestAsync("from");
        var report = await CopyAsync(sink => new ScriptedSink(
            async records =>
            {
                var bad = records.Where(static record => record.Chunk.Text.Contains("document 3 speaks of locks", StringComparison.Ordinal)).ToList();
                await sink.UpsertAsync([.. records.Except(bad)], CancellationToken.None);
                return [.. bad.Select(static record => new ChunkFailure(record.Chunk, Rejection.Dead(Reasons.RefusedBySink, "no")))];
            },
            sink.Capabilities,
            sink));
        (report.Documents, report.Left, report.Refused, report.Chunks).ShouldBe((Documents - 1, 1, 1, (Documents * 2) - 1));
        var run = await IngestAsync("to");
        (run.Accounting.Indexed, run.Chunks.Stored).ShouldBe((1, 1));
        (await RecordsAsync("to")).ShouldBe(await RecordsAsync("from"));
    }

    [Fact]
    public async Task Copy_TargetThatSaysOnceThatItHasNoCollection_KeepsWhatIsKnownOfIt()
    {
        await IngestAsync("from");
        await CopyAsync();
        var asked = 0;
        var report = await CopyAsync(sink => new ScriptedSink(records => sink.UpsertAsync(records, CancellationToken.None), sink.Capabilities, sink)
        {
            Describe = () => asked++ == 0 ? Task.FromResult<CollectionInfo?>(null) : sink.DescribeAsync(CancellationToken.None),
        });
        (report.Documents, report.Unchanged, asked > 1).ShouldBe((0, Documents, true));
    }

    [Fact]
    public async Task Copy_TargetWhoseCollectionIsGone_IsFilledAnew()
    {
        await IngestAsync("from");
        await CopyAsync();
        await using (var to = Open("to"))
        {
            await to.DropCollectionAsync(CancellationToken.None);
        }

        (await CopyAsync()).Documents.ShouldBe(Documents);
        _notices.ShouldContain(static notice => notice.Contains("has no collection any more", StringComparison.Ordinal));
        (await RecordsAsync("to")).ShouldBe(await RecordsAsync("from"));
    }

    [Fact]
    public async Task Copy_EachCallFailsOnceForNow_IsWaitedFor()
    {
        await IngestAsync("from");
        var failed = new HashSet<string>(StringComparer.Ordinal);
        var report = await CopyAsync(trip: call =>
        {
            lock (failed)
            {
                return !call.Contains("get_", StringComparison.Ordinal) && failed.Add(call) ? new TransientException($"{call} is busy") : null;
            }
        });
        report.ShouldBe(new CopyReport(Documents, 0, 0, Documents * 2, 0, 0));
        new[] { "from.DescribeAsync", "from.ReadRecordsAsync", "known.SummarizeAsync", "known.ListDocumentsAsync", "ledger.BeginWalkAsync", "ledger.CompleteAsync" }.ShouldBeSubsetOf(failed);
        _notices.ShouldContain(static notice => notice.Contains("from.ReadRecordsAsync is busy", StringComparison.Ordinal));
        (await RecordsAsync("to")).ShouldBe(await RecordsAsync("from"));
    }

    [Fact]
    public async Task Copy_NothingKnown_SaysWhatToDo()
    {
        (await Should.ThrowAsync<ConfigurationException>(CopyAsync())).Message.ShouldContain("nothing to copy");
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _scratch.Dispose();
    }

    private void Write(int index, string subject) =>
        File.WriteAllText(Path.Combine(_corpus, $"d{index:00}.md"), $"# Document {index}\n\nThe first paragraph of document {index} speaks of {subject}.\n\n## Part two\n\nThe second paragraph of document {index} speaks of locks.\n");

    private async Task<CopyReport> CopyAsync(Func<IVectorSink, IVectorSink>? wrap = null, Func<string, Exception?>? trip = null)
    {
        await using var from = Open("from");
        await using var opened = Open("to");
        await using var known = await LedgerAsync("from");
        await using var ledger = await LedgerAsync("to");
        trip ??= static _ => null;
        var copier = new CollectionCopier(
            Tripwire.Around(from, method => trip("from." + method)),
            Tripwire.Around(known, method => trip("known." + method)),
            wrap is null ? opened : wrap(opened),
            Tripwire.Around(ledger, method => trip("ledger." + method)),
            _options,
            new JumpingTime());
        copier.Notices.Posted += _notices.Add;
        return await copier.CopyAsync(CancellationToken.None);
    }

    private async Task<IngestionReport> IngestAsync(string name)
    {
        await using var sink = Open(name);
        await using var ledger = await LedgerAsync(name);
        var model = new HashingEmbedder().Model;
        var parts = new IngestionParts(
            new DocumentParsers(new ParsingOptions(), TimeProvider.System),
            Chunkers.Create(new ChunkingOptions { MinimumTokens = 0 }, new WordTokenizer(), model),
            model,
            () => new HashingEmbedder { BeforeBatch = (_, batch) => Interlocked.Add(ref _embedded, batch.Count) },
            sink,
            ledger);
        var source = DocumentSources.Create(SourceLocation.ParseAbsolute(_corpus), new SourceOptions(), TimeProvider.System);
        return await new IngestionEngine(Sys, parts, _options, TimeProvider.System).RunAsync(new IngestionRequest(source, "configuration 1"), CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60));
    }

    private async Task<VerificationReport> VerifyAsync(string name)
    {
        await using var sink = Open(name);
        await using var ledger = await LedgerAsync(name);
        return await new CollectionVerifier(sink, ledger).VerifyAsync(repair: false, CancellationToken.None);
    }

    private async Task<List<string>> RecordsAsync(string name)
    {
        await using var sink = Open(name);
        var ids = new List<ChunkId>();
        await foreach (var page in sink.ListIdsAsync(null, CancellationToken.None))
        {
            ids.AddRange(page.Select(static stored => stored.Chunk));
        }

        var records = await sink.ReadRecordsAsync(ids, CancellationToken.None);
        return [.. records.Select(static record => $"{record.Chunk.Id} {record.Document} {record.Uri} {record.Chunk.Text} {record.Chunk.Place} {string.Join('>', record.Chunk.HeadingPath)} {string.Join(',', record.Values().ToArray())}")
            .Order(StringComparer.Ordinal)];
    }

    private IVectorSink Open(string name) => VectorSinks.Open($"sqlite:{_scratch.File($"{name}.db")}", new SinkOptions(), TimeProvider.System);

    private async Task<ILedger> LedgerAsync(string name)
    {
        var ledger = Sluice.Actors.Ledgers.Ledgers.Open($"sqlite:{_scratch.File($"{name}.db")}", TimeProvider.System);
        await ledger.InitializeAsync(CancellationToken.None);
        return ledger;
    }
}
