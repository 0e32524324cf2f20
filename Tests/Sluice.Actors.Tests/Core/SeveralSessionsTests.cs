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

/// <summary>Runs of the whole pipeline with several sessions of the model, as a machine with several accelerators has them.</summary>
public sealed class SeveralSessionsTests : Akka.TestKit.Xunit2.TestKit
{
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(60);
    private readonly ScratchFolder _scratch = new();
    private readonly Lock _lock = new();
    private int _opened;
    private int _working;
    private int _mostWorking;

    public SeveralSessionsTests()
    {
        Directory.CreateDirectory(_scratch.File("corpus"));
        File.WriteAllLines(_scratch.File("corpus/long.txt"), Enumerable.Range(0, 800).Select(static n => $"Paragraph {n} speaks of rivers and of locks, of weirs and of mills, of boats that pass and of water that waits until its time has come.\n"));
    }

    [Fact]
    public async Task Run_ThreeSessions_AllWorkAtOnceAndNothingIsLost()
    {
        var report = await RunAsync(3, _ => new HashingEmbedder { Latency = TimeSpan.FromMilliseconds(5), BeforeBatch = (_, _) => Enter() });
        report.Accounting.Indexed.ShouldBe(1);
        report.Chunks.Stored.ShouldBe(report.Chunks.Parsed);
        _opened.ShouldBe(3);
        _mostWorking.ShouldBe(3);
    }

    [Fact]
    public async Task Run_OneOfTheSessionsBreaksNowAndThen_NothingIsLost()
    {
        var report = await RunAsync(2, session => new HashingEmbedder
        {
            BeforeBatch = (number, _) =>
            {
                if (session % 2 == 1 && number % 3 == 0)
                {
                    throw new InvalidOperationException("the device was reset");
                }
            },
        });
        report.Accounting.Balances.ShouldBeTrue();
        report.Accounting.Indexed.ShouldBe(1);
        report.Chunks.Stored.ShouldBe(report.Chunks.Parsed);
        _opened.ShouldBeGreaterThan(2);
    }

    [Fact]
    public async Task Run_OneOfTheSessionsCannotBeOpened_EndsWithItsReason()
    {
        var failure = await Should.ThrowAsync<ModelException>(() => RunAsync(2, session => session == 2 ? throw new ModelException("cuda:1 cannot be used") : new HashingEmbedder { Latency = TimeSpan.FromMilliseconds(1) }));
        failure.Message.ShouldContain("cuda:1");
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _scratch.Dispose();
    }

    private void Enter()
    {
        lock (_lock)
        {
            _working++;
            _mostWorking = Math.Max(_mostWorking, _working);
        }
    }

    private void Leave()
    {
        lock (_lock)
        {
            _working--;
        }
    }

    private async Task<IngestionReport> RunAsync(int sessions, Func<int, HashingEmbedder> open)
    {
        var uri = $"sqlite:{_scratch.File("sluice.db")}";
        await using var sink = VectorSinks.Open(uri, new SinkOptions(), TimeProvider.System);
        await using var ledger = Sluice.Actors.Ledgers.Ledgers.Open(uri, TimeProvider.System);
        await ledger.InitializeAsync(CancellationToken.None);
        await using var lease = await ledger.AcquireAsync(new LeaseRequest("test"), CancellationToken.None);
        var model = new HashingEmbedder().Model;
        var parts = new IngestionParts(new DocumentParsers(new ParsingOptions(), TimeProvider.System), Chunkers.Create(new ChunkingOptions(), new WordTokenizer(), model), model, () => new Counted(this, open(Interlocked.Increment(ref _opened))), sink, ledger)
        {
            Sessions = sessions,
        };
        var options = new PipelineOptions { BatchTokens = 512, RetryDelay = TimeSpan.FromMilliseconds(1), MaxRetryDelay = TimeSpan.FromMilliseconds(5) };
        var request = new IngestionRequest(DocumentSources.Create(SourceLocation.ParseAbsolute(_scratch.File("corpus")), new SourceOptions(), TimeProvider.System), "corpus");
        return await new IngestionEngine(Sys, parts, options, TimeProvider.System).RunAsync(request, CancellationToken.None).WaitAsync(s_soon);
    }

    private sealed class Counted(SeveralSessionsTests test, HashingEmbedder inner) : IEmbedder
    {
        public EmbeddingModelInfo Model => inner.Model;

        public async ValueTask<IReadOnlyList<Streams.Vectors.Embedding>> EmbedAsync(IReadOnlyList<ReadOnlyMemory<int>> batch, CancellationToken cancellationToken)
        {
            try
            {
                return await inner.EmbedAsync(batch, cancellationToken);
            }
            finally
            {
                test.Leave();
            }
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
