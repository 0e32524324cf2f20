using Akka.Actor;
using Sluice.Actors.Chunking;
using Sluice.Actors.Core;
using Sluice.Actors.Core.Embedding;
using Sluice.Actors.Parsing;
using Sluice.Actors.Parsing.Sources;
using Sluice.Actors.Sinks;
using Sluice.Streams.Chunks;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Conformance;
using Sluice.TestKit.Models;
using Sluice.TestKit.Sinks;

namespace Sluice.Actors.Tests.Core;

/// <summary>Several sinks filled from one corpus at once: real ledger, real sinks, a model that only hashes and counts.</summary>
public sealed class FanOutTests : Akka.TestKit.Xunit2.TestKit
{
    private const int Documents = 30;
    private readonly ScratchFolder _scratch = new();
    private readonly string _corpus;
    private readonly PipelineOptions _options = new() { RetryDelay = TimeSpan.FromMilliseconds(1), MaxRetryDelay = TimeSpan.FromMilliseconds(5), SinkFlushAge = TimeSpan.FromMilliseconds(5), BatchFlushAge = TimeSpan.FromMilliseconds(5) };
    private readonly Dictionary<string, Func<IVectorSink, IVectorSink>> _wrap = [];
    private int _embedded;

    public FanOutTests()
    {
        _corpus = Directory.CreateDirectory(_scratch.File("corpus")).FullName;
        for (var index = 0; index < Documents; index++)
        {
            File.WriteAllText(Path.Combine(_corpus, $"d{index:00}.md"), $"# Document {index}\n\nThe first paragraph of document {index} speaks of rivers.\n\n## Part two\n\nThe second paragraph of document {index} speaks of locks.\n");
        }
    }

    [Fact]
    public async Task Run_ThreeSinks_HoldTheSameAndEachTextIsEmbeddedOnce()
    {
        var reports = await RunAsync("a", "b", "c");
        reports.ShouldAllBe(static report => report.Accounting.Indexed == Documents && report.Accounting.Balances);
        var ids = await IdsAsync("a");
        ids.Count.ShouldBe(Documents * 2);
        (await IdsAsync("b")).ShouldBe(ids, ignoreOrder: true);
        (await IdsAsync("c")).ShouldBe(ids, ignoreOrder: true);
        _embedded.ShouldBe(Documents * 2);
        reports.Sum(static report => report.Chunks.Embedded).ShouldBe(Documents * 2);
    }

    [Fact]
    public async Task Run_OneSinkAddedLater_IsFilledFromTheOtherWithoutEmbedding()
    {
        await RunAsync("a");
        var before = _embedded;
        var reports = await RunAsync("a", "b");
        reports[0].Accounting.Unchanged.ShouldBe(Documents);
        reports[0].Chunks.Stored.ShouldBe(0);
        reports[1].Accounting.Indexed.ShouldBe(Documents);
        reports[1].Chunks.Reused.ShouldBe(Documents * 2);
        _embedded.ShouldBe(before);
        (await IdsAsync("b")).ShouldBe(await IdsAsync("a"), ignoreOrder: true);
    }

    [Fact]
    public async Task Run_OneSinkDown_DoesNotHoldTheOtherUpAndIsFilledWhenItIsBack()
    {
        var back = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _wrap["slow"] = sink => new ScriptedSink(
            async records =>
            {
                await back.Task;
                return await sink.UpsertAsync(records, CancellationToken.None);
            },
            sink.Capabilities,
            sink);
        _wrap["quick"] = static sink => sink;
        var (quick, slow) = await StartAsync("quick", "slow");
        (await quick.WaitAsync(TimeSpan.FromSeconds(60))).Accounting.Indexed.ShouldBe(Documents, "the other one takes nothing, and that is its own business");
        slow.IsCompleted.ShouldBeFalse();
        back.SetResult();
        (await slow.WaitAsync(TimeSpan.FromSeconds(60))).Accounting.Indexed.ShouldBe(Documents);
        _embedded.ShouldBe(Documents * 2);
        (await IdsAsync("slow")).ShouldBe(await IdsAsync("quick"), ignoreOrder: true);
        await StopAsync();
    }

    [Fact]
    public async Task Run_OneSinkFails_TheOtherEndsWellAndTheFirstGoesOnLater()
    {
        _wrap["full"] = static sink => new ScriptedSink(static _ => throw new StorageException("the disk is full"), sink.Capabilities, sink);
        var (good, full) = await StartAsync("good", "full");
        (await good.WaitAsync(TimeSpan.FromSeconds(60))).Accounting.Indexed.ShouldBe(Documents);
        (await Should.ThrowAsync<StorageException>(full)).Message.ShouldBe("the disk is full");
        await StopAsync();

        _wrap.Remove("full");
        var before = _embedded;
        var reports = await RunAsync("good", "full");
        reports[1].Accounting.Indexed.ShouldBe(Documents);
        _embedded.ShouldBe(before, "all of it is taken from the other one");
    }

    [Fact]
    public async Task Run_ChangedDocument_IsEmbeddedOnceForAll()
    {
        await RunAsync("a", "b");
        var before = _embedded;
        await File.WriteAllTextAsync(Path.Combine(_corpus, "d03.md"), "# Document 3\n\nThe first paragraph of document 3 speaks of rivers.\n\n## Part two\n\nAltogether new words stand here now.\n");
        var reports = await RunAsync("a", "b");
        reports.ShouldAllBe(static report => report.Accounting.Indexed == 1 && report.Chunks.Deleted == 1);
        _embedded.ShouldBe(before + 1);
        (await IdsAsync("b")).ShouldBe(await IdsAsync("a"), ignoreOrder: true);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _scratch.Dispose();
    }

    private readonly List<IAsyncDisposable> _open = [];

    private async Task<List<IngestionReport>> RunAsync(params string[] names)
    {
        var runs = await StartAllAsync(names);
        var reports = await Task.WhenAll(runs).WaitAsync(TimeSpan.FromSeconds(60));
        await StopAsync();
        return [.. reports];
    }

    private async Task<(Task<IngestionReport> First, Task<IngestionReport> Second)> StartAsync(string first, string second)
    {
        var runs = await StartAllAsync([first, second]);
        return (runs[0], runs[1]);
    }

    private async Task<List<Task<IngestionReport>>> StartAllAsync(string[] names)
    {
        var ledger = Sluice.Actors.Ledgers.Ledgers.Open($"sqlite:{_scratch.File("ledger.db")}", TimeProvider.System);
        _open.Add(ledger);
        await ledger.InitializeAsync(CancellationToken.None);
        var model = new HashingEmbedder().Model;
        var share = new EmbeddingShare(Sys, 1, () => new HashingEmbedder { BeforeBatch = (_, batch) => Interlocked.Add(ref _embedded, batch.Count) }, _options, TimeProvider.System);
        _open.Add(share);
        var sinks = names.Select(OpenSink).ToList();
        _open.AddRange(sinks);
        return [.. sinks.Select(sink =>
        {
            var parts = new IngestionParts(new DocumentParsers(new ParsingOptions(), TimeProvider.System), Chunkers.Create(new ChunkingOptions { MinimumTokens = 0 }, new WordTokenizer(), model), model, static () => throw new NotSupportedException(), sink, ledger)
            {
                Share = share,
                Siblings = [.. sinks.Where(other => other != sink)],
            };
            var source = DocumentSources.Create(SourceLocation.ParseAbsolute(_corpus), new SourceOptions(), TimeProvider.System);
            return new IngestionEngine(Sys, parts, _options, TimeProvider.System).RunAsync(new IngestionRequest(source, "configuration 1"), CancellationToken.None);
        })];
    }

    private async Task StopAsync()
    {
        _open.Reverse();
        foreach (var open in _open)
        {
            await open.DisposeAsync();
        }

        _open.Clear();
    }

    private IVectorSink OpenSink(string name)
    {
        var sink = VectorSinks.Open($"sqlite:{_scratch.File($"{name}.db")}", new SinkOptions(), TimeProvider.System);
        return _wrap.TryGetValue(name, out var wrap) ? wrap(sink) : sink;
    }

    private async Task<List<ChunkId>> IdsAsync(string name)
    {
        await using var sink = VectorSinks.Open($"sqlite:{_scratch.File($"{name}.db")}", new SinkOptions(), TimeProvider.System);
        var ids = new List<ChunkId>();
        await foreach (var page in sink.ListIdsAsync(null, CancellationToken.None))
        {
            ids.AddRange(page.Select(static stored => stored.Chunk));
        }

        return ids;
    }
}
