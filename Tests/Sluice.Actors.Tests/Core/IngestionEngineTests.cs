using Sluice.Actors.Chunking;
using Sluice.Actors.Core;
using Sluice.Actors.Parsing;
using Sluice.Actors.Parsing.Sources;
using Sluice.Actors.Sinks;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Conformance;
using Sluice.TestKit.Models;

namespace Sluice.Actors.Tests.Core;

/// <summary>Runs of the whole pipeline, with a real ledger and a real sink, and a model that only hashes.</summary>
public sealed partial class IngestionEngineTests : Akka.TestKit.Xunit2.TestKit
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private readonly ScratchFolder _scratch = new();
    private readonly string _corpus;
    private readonly PipelineOptions _options = new() { RetryDelay = TimeSpan.FromMilliseconds(1), MaxRetryDelay = TimeSpan.FromMilliseconds(5), SinkFlushAge = TimeSpan.FromMilliseconds(5), BatchFlushAge = TimeSpan.FromMilliseconds(5) };
    private HashingEmbedder _embedder = new();
    private Func<IVectorSink, IVectorSink> _wrapSink = static sink => sink;
    private Func<ILedger, ILedger> _wrapLedger = static ledger => ledger;
    private Func<IDocumentSource, IDocumentSource> _wrapSource = static source => source;
    private PruneMode _prune = PruneMode.Ask;
    private string _configuration = "configuration 1";

    public IngestionEngineTests()
    {
        _corpus = Directory.CreateDirectory(_scratch.File("corpus")).FullName;
        for (var index = 0; index < 12; index++)
        {
            Write($"d{index:00}.md", $"# Document {index}\n\nThe first paragraph of document {index} speaks of rivers.\n\n## Part two\n\nThe second paragraph of document {index} speaks of locks.\n");
        }
    }

    [Fact]
    public async Task Run_NewCorpus_IndexesAllAndBalances()
    {
        var report = await RunAsync();
        report.Accounting.Indexed.ShouldBe(12);
        report.Accounting.Balances.ShouldBeTrue();
        report.Chunks.Embedded.ShouldBe(_embedder.Texts);
        (await IdsAsync()).Count.ShouldBe((int)report.Chunks.Stored);
        await VerifyAsync();
    }

    [Fact]
    public async Task Run_NothingChanged_EmbedsNothing()
    {
        await RunAsync();
        _embedder = new HashingEmbedder();
        var report = await RunAsync();
        report.Accounting.Unchanged.ShouldBe(12);
        report.Accounting.Indexed.ShouldBe(0);
        _embedder.Texts.ShouldBe(0);
    }

    [Fact]
    public async Task Run_OnlyTheTimeChanged_ProvesItUnchangedByItsContent()
    {
        await RunAsync();
        File.SetLastWriteTimeUtc(Path.Combine(_corpus, "d03.md"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        _embedder = new HashingEmbedder();
        var report = await RunAsync();
        report.Accounting.Unchanged.ShouldBe(12);
        _embedder.Texts.ShouldBe(0);
    }

    [Fact]
    public async Task Run_OneParagraphEdited_EmbedsItsChunkAloneAndDropsTheOldOne()
    {
        await RunAsync();
        var before = await IdsAsync();
        Write("d03.md", "# Document 3\n\nThe first paragraph of document 3 speaks of rivers.\n\n## Part two\n\nNow it speaks of weirs and mills instead.\n");
        _embedder = new HashingEmbedder();
        var report = await RunAsync();
        _embedder.Texts.ShouldBe(1);
        report.Chunks.Deleted.ShouldBe(1);
        var after = await IdsAsync();
        after.Count.ShouldBe(before.Count);
        after.Except(before).Count().ShouldBe(1);
        await VerifyAsync();
    }

    [Fact]
    public async Task Run_LinesInsertedAbove_MovesTheChunksBelowWithoutEmbeddingThem()
    {
        await RunAsync();
        Write("d03.md", "\n\n\n\n# Document 3\n\nThe first paragraph of document 3 speaks of rivers.\n\n## Part two\n\nThe second paragraph of document 3 speaks of locks.\n");
        _embedder = new HashingEmbedder();
        var report = await RunAsync();
        _embedder.Texts.ShouldBe(0);
        report.Chunks.Kept.ShouldBe(2);
        await using var sink = OpenSink();
        var hits = await sink.SearchAsync(new SearchQuery("document 3 locks", null, SearchMode.FullText, 50), CancellationToken.None);
        hits.Where(static hit => hit.Uri.EndsWith("d03.md", StringComparison.Ordinal) && hit.Text.Contains("locks", StringComparison.Ordinal)).ShouldHaveSingleItem().Place.Line.ShouldBe(9);
    }

    [Fact]
    public async Task Run_FilesRenamed_ReusesTheirVectors()
    {
        await RunAsync();
        var count = (await IdsAsync()).Count;
        File.Move(Path.Combine(_corpus, "d01.md"), Path.Combine(_corpus, "r01.md"));
        File.Move(Path.Combine(_corpus, "d02.md"), Path.Combine(_corpus, "r02.md"));
        _embedder = new HashingEmbedder();
        var report = await RunAsync();
        _embedder.Texts.ShouldBe(0);
        report.Chunks.Reused.ShouldBe(4);
        report.Removed.ShouldBe(2);
        (await IdsAsync()).Count.ShouldBe(count);
        await VerifyAsync();
    }

    [Fact]
    public async Task Run_FilesDeleted_RemovesTheirChunksUnlessToldNotTo()
    {
        await RunAsync();
        var count = (await IdsAsync()).Count;
        File.Delete(Path.Combine(_corpus, "d01.md"));
        (await RunAsync(prune: false)).Removed.ShouldBe(0);
        (await IdsAsync()).Count.ShouldBe(count);
        (await RunAsync()).Removed.ShouldBe(1);
        (await IdsAsync()).Count.ShouldBe(count - 2);
        await VerifyAsync();
    }

    [Fact]
    public async Task Run_SourceEmptied_KeepsEverythingAndSaysSo()
    {
        await RunAsync();
        var count = (await IdsAsync()).Count;
        foreach (var file in Directory.GetFiles(_corpus))
        {
            File.Delete(file);
        }

        var report = await RunAsync();
        (report.Removed, report.Withheld).ShouldBe((0, 12));
        report.Warnings.ShouldHaveSingleItem().ShouldContain("nothing was removed");
        (await IdsAsync()).Count.ShouldBe(count);
    }

    [Fact]
    public async Task Run_ConfigurationChanged_ProcessesAgain()
    {
        await RunAsync();
        _configuration = "configuration 2";
        var report = await RunAsync();
        report.Accounting.Indexed.ShouldBe(12);
        report.Chunks.Kept.ShouldBeGreaterThan(0);
        await VerifyAsync();
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _scratch.Dispose();
    }

    private static void StopAt(int batch, CancellationTokenSource stop)
    {
        if (batch == 2)
        {
            stop.Cancel();
        }
    }

    private static void ThrowOn(IReadOnlyList<ReadOnlyMemory<int>> batch, int token)
    {
        foreach (var row in batch)
        {
            if (row.Span.Contains(token))
            {
                throw new InvalidOperationException("boom");
            }
        }
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_corpus, name), text);

    private IVectorSink OpenSink() => VectorSinks.Open($"sqlite:{_scratch.File("test.db")}", new SinkOptions(), TimeProvider.System);

    private async Task<ILedger> OpenLedgerAsync()
    {
        var ledger = Sluice.Actors.Ledgers.Ledgers.Open($"sqlite:{_scratch.File("test.db")}", TimeProvider.System);
        await ledger.InitializeAsync(CancellationToken.None);
        return ledger;
    }

    private async Task<HashSet<ChunkId>> IdsAsync()
    {
        await using var sink = OpenSink();
        var ids = new HashSet<ChunkId>();
        await foreach (var page in sink.ListIdsAsync(null, CancellationToken.None))
        {
            ids.UnionWith(page.Select(static stored => stored.Chunk));
        }

        return ids;
    }

    private async Task VerifyAsync()
    {
        await using var sink = OpenSink();
        await using var ledger = await OpenLedgerAsync();
        var report = await new CollectionVerifier(sink, ledger).VerifyAsync(repair: false, CancellationToken.None);
        report.Agrees.ShouldBeTrue(report.ToString());
    }

    private async Task<IngestionReport> RunAsync(bool prune = true, List<string>? told = null, PipelineOptions? options = null, CancellationToken stop = default)
    {
        await using var sink = _wrapSink(OpenSink());
        await using var ledger = await OpenLedgerAsync();
        await using var lease = await ledger.AcquireAsync(new LeaseRequest("test"), CancellationToken.None);
        var tokenizer = new WordTokenizer();
        var embedder = _embedder;
        var parts = new IngestionParts(
            new DocumentParsers(new ParsingOptions(), TimeProvider.System),
            Chunkers.Create(new ChunkingOptions { MinimumTokens = 0 }, tokenizer, embedder.Model),
            embedder.Model,
            () => new Reopened(embedder),
            sink,
            _wrapLedger(ledger));
        var engine = new IngestionEngine(Sys, parts, options ?? _options, TimeProvider.System);
        if (told is not null)
        {
            engine.Notices.Posted += text =>
            {
                lock (told)
                {
                    told.Add(text);
                }
            };
        }

        var source = _wrapSource(DocumentSources.Create(SourceLocation.ParseAbsolute(_corpus), new SourceOptions(), TimeProvider.System));
        return await engine.RunAsync(new IngestionRequest(source, _configuration) { Prune = prune ? _prune : PruneMode.Never }, stop).WaitAsync(Soon, CancellationToken.None);
    }

    /// <summary>Sessions over one embedder, so that a test can count over restarts.</summary>
    private sealed class Reopened(HashingEmbedder embedder) : IEmbedder
    {
        public EmbeddingModelInfo Model => embedder.Model;

        public ValueTask<IReadOnlyList<Streams.Vectors.Embedding>> EmbedAsync(IReadOnlyList<ReadOnlyMemory<int>> batch, CancellationToken cancellationToken) =>
            embedder.EmbedAsync(batch, cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
