using Microsoft.Extensions.Time.Testing;
using Sluice.Actors.Chunking;
using Sluice.Actors.Core;
using Sluice.Actors.Parsing;
using Sluice.Actors.Parsing.Sources;
using Sluice.Actors.Sinks;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Conformance;
using Sluice.TestKit.Models;

namespace Sluice.Actors.Tests.Core;

/// <summary>Runs of the whole pipeline with a model that refuses large batches, as a device does whose memory is short.</summary>
public sealed class BatchSizeTests : Akka.TestKit.Xunit2.TestKit
{
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(60);
    private readonly ScratchFolder _scratch = new();
    private readonly FakeTimeProvider _clock = new(); // The model's: what else the machine does takes no time on it.
    private int _largest;
    private int _refused;

    [Fact]
    public async Task Run_ModelThatTakesAsLongForAnyBatch_GrowsItsBatchesUntilMemoryRefuses()
    {
        Write(4000);
        var report = await RunAsync(Narrow(5000), new PipelineOptions());
        report.Accounting.Balances.ShouldBeTrue();
        report.Accounting.Indexed.ShouldBe(1);
        report.Chunks.Stored.ShouldBe(report.Chunks.Parsed);
        _largest.ShouldBeInRange(2049, 5000);
        _refused.ShouldBeGreaterThan(0);
        report.Embedding.BatchTokens.ShouldBeInRange(2048, 5000);
        report.Embedding.PaddingWaste.ShouldBeLessThan(0.05);
    }

    [Fact]
    public async Task Run_SizeGiven_NeverGoesBeyondIt()
    {
        Write(400);
        var report = await RunAsync(Narrow(5000), new PipelineOptions { BatchTokens = 512 });
        report.Chunks.Stored.ShouldBe(report.Chunks.Parsed);
        _largest.ShouldBeLessThanOrEqualTo(512);
        report.Embedding.BatchTokens.ShouldBe(512);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _scratch.Dispose();
    }

    private void Write(int paragraphs)
    {
        Directory.CreateDirectory(_scratch.File("corpus"));
        File.WriteAllLines(_scratch.File("corpus/long.txt"), Enumerable.Range(0, paragraphs).Select(static n => $"Paragraph {n} speaks of rivers and of locks, of weirs and of mills, of boats that pass and of water that waits until its time has come.\n"));
    }

    private async Task<IngestionReport> RunAsync(HashingEmbedder embedder, PipelineOptions options)
    {
        var uri = $"sqlite:{_scratch.File("sluice.db")}";
        await using var sink = VectorSinks.Open(uri, new SinkOptions(), TimeProvider.System);
        await using var ledger = Sluice.Actors.Ledgers.Ledgers.Open(uri, TimeProvider.System);
        await ledger.InitializeAsync(CancellationToken.None);
        await using var lease = await ledger.AcquireAsync(new LeaseRequest("test"), CancellationToken.None);
        var parts = new IngestionParts(
            new DocumentParsers(new ParsingOptions(), TimeProvider.System),
            Chunkers.Create(new ChunkingOptions(), new WordTokenizer(), embedder.Model),
            embedder.Model,
            () => embedder,
            sink,
            ledger);
        var request = new IngestionRequest(DocumentSources.Create(SourceLocation.ParseAbsolute(_scratch.File("corpus")), new SourceOptions(), TimeProvider.System), "corpus");
        return await new IngestionEngine(Sys, parts, options, _clock).RunAsync(request, CancellationToken.None).WaitAsync(s_soon);
    }

    /// <summary>Takes a moment for each batch, however large, and none above a number of padded tokens.</summary>
    private HashingEmbedder Narrow(int most) => new()
    {
        BeforeBatch = (_, batch) =>
        {
            var padded = batch.Count * batch.Max(static text => text.Length);
            if (padded > most)
            {
                _refused++;
                throw new EmbedderOutOfMemoryException($"{padded} tokens do not fit.");
            }

            _largest = Math.Max(_largest, padded);
            _clock.Advance(TimeSpan.FromMilliseconds(2));
        },
    };
}
