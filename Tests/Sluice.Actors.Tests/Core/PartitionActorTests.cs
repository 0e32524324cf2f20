using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Streams.Dsl;
using Sluice.Actors.Chunking;
using Sluice.Actors.Core;
using Sluice.Actors.Core.Jobs;
using Sluice.Actors.Core.Partitions;
using Sluice.Actors.Parsing;
using Sluice.Actors.Parsing.Sources;
using Sluice.Actors.Sinks;
using Sluice.Streams.Chunks;
using Sluice.Streams.Ledger;
using Sluice.Streams.Monitoring;
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
        using var scratch = new ScratchFolder();
        var corpus = Directory.CreateDirectory(scratch.File("corpus")).FullName;
        for (var number = 0; number < 5; number++)
        {
            await File.WriteAllTextAsync(Path.Combine(corpus, $"d{number}.md"), $"# Document {number}\n\nA paragraph about rivers.\n");
        }

        await using var ledger = Sluice.Actors.Ledgers.Ledgers.Open("sqlite:" + scratch.File("ledger.db"), TimeProvider.System);
        await ledger.InitializeAsync(CancellationToken.None);
        await using var lease = await ledger.AcquireAsync(new LeaseRequest("test"), CancellationToken.None);
        await using var sink = VectorSinks.Open("sqlite:" + scratch.File("vectors.db"), new SinkOptions(), TimeProvider.System);
        var source = DocumentSources.Create(corpus, new SourceOptions(), TimeProvider.System);
        var options = new PipelineOptions { Partitions = 1 };
        var walk = await ledger.BeginWalkAsync(new WalkSpec(source.Scope, sink.Name, "configuration 1"), resume: false, CancellationToken.None);
        await new SourceWalk(source, ledger, walk, options, new StageMeter(), new NoticeBoard(), TimeProvider.System).RunAsync(TestActor, CancellationToken.None);

        var (taken, given) = (new ConcurrentBag<GroupId>(), new ConcurrentBag<GroupId>());
        var model = new HashingEmbedder().Model;
        var parts = new IngestionParts(
            new DocumentParsers(new ParsingOptions(), TimeProvider.System),
            Chunkers.Create(new ChunkingOptions { MinimumTokens = 0 }, new WordTokenizer(), model),
            model,
            static () => new HashingEmbedder(),
            sink,
            ledger);
        var groups = Flow.Create<ChunkGroup>().Select(group =>
        {
            taken.Add(group.Id);
            return group;
        }).To(Sink.Ignore<ChunkGroup>());
        var context = new PartitionContext(parts, source, walk, options, TestActor, groups, given.Add, new IngestionMeters(options), new NoticeBoard(), TimeProvider.System);
        var partition = Sys.ActorOf(PartitionActor.Props(0, context));
        partition.Tell(new ListingAdvanced(Complete: true));
        AwaitAssert(() => taken.Count.ShouldBe(5), s_soon);
        given.ShouldBeEmpty();
        await partition.GracefulStop(s_soon);
        given.ShouldBe(taken, ignoreOrder: true);
    }
}
