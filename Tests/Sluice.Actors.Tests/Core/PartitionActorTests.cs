using System.Collections.Concurrent;
using Akka;
using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;
using Sluice.Actors.Chunking;
using Sluice.Actors.Core;
using Sluice.Actors.Core.Jobs;
using Sluice.Actors.Core.Partitions;
using Sluice.Actors.Core.Sources;
using Sluice.Actors.Parsing;
using Sluice.Actors.Parsing.Sources;
using Sluice.Actors.Sinks;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Flows;
using Sluice.Streams.Ledger;
using Sluice.Streams.Monitoring;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Conformance;
using Sluice.TestKit.Models;

namespace Sluice.Actors.Tests.Core;

public sealed class PartitionActorTests : Akka.TestKit.Xunit2.TestKit
{
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(30);

    /// <summary>Whoever keeps the groups for their takers must not keep them for ever when nobody is there any more to take them back.</summary>
    [Fact]
    public async Task Stop_WithGroupsUnderWay_GivesThemUp()
    {
        await using var job = await Job.CreateAsync(TestActor, new PipelineOptions { Partitions = 1 });
        var (taken, given) = (new ConcurrentBag<GroupId>(), new ConcurrentBag<GroupId>());
        var groups = Flow.Create<ChunkGroup>().Select(group =>
        {
            taken.Add(group.Id);
            return group;
        }).To(Sink.Ignore<ChunkGroup>());
        var partition = Sys.ActorOf(PartitionActor.Props(0, job.Context(TestActor, groups, given.Add)));
        partition.Tell(new ListingAdvanced(Complete: true));
        AwaitAssert(() => taken.Count.ShouldBe(5), s_soon);
        given.ShouldBeEmpty();
        await partition.GracefulStop(s_soon);
        given.ShouldBe(taken, ignoreOrder: true);
    }

    /// <summary>With a full window nothing asks for more: the reader stands where it is, with its document open, unless the stop reaches it.</summary>
    [Fact]
    public async Task Stop_WithAFullWindow_EndsItsStreamAndClosesItsDocuments()
    {
        await using var job = await Job.CreateAsync(TestActor, new PipelineOptions { Partitions = 1, WindowBytes = 1 }, paragraphs: 3_000);
        var taken = 0;
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var groups = Flow.Create<ChunkGroup>()
            .Select(group =>
            {
                Interlocked.Increment(ref taken);
                return group;
            })
            .WatchTermination((_, done) => done.ContinueWith(_ => ended.TrySetResult(), TaskScheduler.Default))
            .To(Sink.Ignore<ChunkGroup>())
            .MapMaterializedValue(static _ => NotUsed.Instance);
        var partition = Sys.ActorOf(PartitionActor.Props(0, job.Context(TestActor, groups, static _ => { })));
        partition.Tell(new ListingAdvanced(Complete: true));
        AwaitAssert(() => (job.Meters.InFlight[0].Fill > 0, job.Source.Open > 0, Volatile.Read(ref taken)).ShouldBe((true, true, 1)), s_soon);
        await partition.GracefulStop(s_soon);
        await ended.Task.WaitAsync(s_soon);
        AwaitAssert(() => (job.Meters.InFlight[0].Fill, job.Source.Open).ShouldBe((0L, 0)), s_soon);
    }

    /// <summary>What failed before it was emitted is acknowledged by nobody: the document's end must not count it, or the run waits for ever.</summary>
    [Fact]
    public async Task Read_FailsWhileAGroupIsMade_CountsOnlyWhatWasEmitted()
    {
        await using var job = await Job.CreateAsync(TestActor, new PipelineOptions { Partitions = 1 });
        var events = await job.ReadOneAsync(TestActor, Sys.Materializer(), static _ => throw new TransientException("it is away"));
        var read = events.OfType<DocumentRead>().ShouldHaveSingleItem();
        (read.Groups, read.Kept, read.ChunkCount).ShouldBe((0, 0, 0L));
        events.Count.ShouldBe(1);
        read.Retry.ShouldNotBeNull().Message.ShouldBe("it is away");
    }

    /// <summary>Five documents, listed, with a real ledger and sink.</summary>
    private sealed class Job(ScratchFolder scratch, ILedger ledger, IAsyncDisposable lease, IVectorSink sink, CountingSource source, Walk walk, PipelineOptions options) : IAsyncDisposable
    {
        public CountingSource Source => source;

        public IngestionMeters Meters { get; } = new(options);

        public static async Task<Job> CreateAsync(IActorRef listener, PipelineOptions options, int paragraphs = 1)
        {
            var scratch = new ScratchFolder();
            var corpus = Directory.CreateDirectory(scratch.File("corpus")).FullName;
            for (var number = 0; number < 5; number++)
            {
                await File.WriteAllTextAsync(Path.Combine(corpus, $"d{number}.md"), $"# Document {number}\n" + string.Concat(Enumerable.Range(0, paragraphs).Select(paragraph => $"\nParagraph {paragraph} is about rivers.\n")));
            }

            var ledger = Sluice.Actors.Ledgers.Ledgers.Open("sqlite:" + scratch.File("ledger.db"), TimeProvider.System);
            await ledger.InitializeAsync(CancellationToken.None);
            var lease = await ledger.AcquireAsync(new LeaseRequest("test"), CancellationToken.None);
            var sink = VectorSinks.Open("sqlite:" + scratch.File("vectors.db"), new SinkOptions(), TimeProvider.System);
            var source = new CountingSource(DocumentSources.Create(SourceLocation.ParseAbsolute(corpus), new SourceOptions(), TimeProvider.System));
            var walk = await ledger.BeginWalkAsync(new WalkSpec(source.Scope, sink.Name, "configuration 1"), resume: false, CancellationToken.None);
            await new SourceWalk(source, ledger, walk, new SourceGuard(source, options, new NoticeBoard(), TimeProvider.System), new StageMeter()).RunAsync(listener, CancellationToken.None);
            return new Job(scratch, ledger, lease, sink, source, walk, options);
        }

        public PartitionContext Context(IActorRef indexer, Sink<ChunkGroup, NotUsed> groups, Action<GroupId> settled)
        {
            var model = new HashingEmbedder().Model;
            var parts = new IngestionParts(
                new DocumentParsers(new ParsingOptions(), TimeProvider.System),
                Chunkers.Create(new ChunkingOptions { MinimumTokens = 0 }, new WordTokenizer(), model),
                model,
                static () => new HashingEmbedder(),
                sink,
                ledger);
            return new PartitionContext(parts, source, walk, options, indexer, groups, settled, Meters, new NoticeBoard(), TimeProvider.System)
            {
                Fetch = sink.FetchEmbeddingsAsync,
            };
        }

        /// <summary>Reads one document through the parse flow.</summary>
        public async Task<IReadOnlyList<DocumentEvent>> ReadOneAsync(IActorRef owner, IMaterializer materializer, Func<Chunk, Streams.Vectors.Embedding?> known)
        {
            var context = Context(owner, Sink.Ignore<ChunkGroup>().MapMaterializedValue(static _ => NotUsed.Instance), static _ => { });
            var parts = new ParseParts(source, context.Parts.Parser, context.Parts.Chunker, ledger, walk, owner, context.Fetch, new StageMeter(), TimeProvider.System) { Known = known };
            var pending = await ledger.ListPendingAsync(walk, SlotRange.OfPartition(0, 1), new HashSet<DocumentId>(), 1, CancellationToken.None);
            return await Akka.Streams.Dsl.Source.From(pending).Via(ParseFlow.Create(parts, 1, CancellationToken.None)).RunWith(Sink.Seq<DocumentEvent>(), materializer);
        }

        public async ValueTask DisposeAsync()
        {
            await sink.DisposeAsync();
            await lease.DisposeAsync();
            await ledger.DisposeAsync();
            scratch.Dispose();
        }
    }

    /// <summary>Counts the documents that are open.</summary>
    private sealed class CountingSource(IDocumentSource inner) : IDocumentSource
    {
        private int _open;

        public int Open => Volatile.Read(ref _open);

        public SourceScope Scope => inner.Scope;

        public string Description => inner.Description;

        public IAsyncEnumerable<ListingPage> ListAsync(string? cursor, CancellationToken cancellationToken) => inner.ListAsync(cursor, cancellationToken);

        public async ValueTask<DocumentContent> OpenAsync(ListedDocument document, CancellationToken cancellationToken)
        {
            await using var content = await inner.OpenAsync(document, cancellationToken);
            using var bytes = new MemoryStream();
            await content.Stream.CopyToAsync(bytes, cancellationToken);
            Interlocked.Increment(ref _open);
            return new DocumentContent(document.Uri, new Closing(bytes.ToArray(), () => Interlocked.Decrement(ref _open)), content.MediaType);
        }

        private sealed class Closing(byte[] bytes, Action closed) : MemoryStream(bytes)
        {
            private Action? _closed = closed;

            protected override void Dispose(bool disposing)
            {
                Interlocked.Exchange(ref _closed, null)?.Invoke();
                base.Dispose(disposing);
            }
        }
    }
}
