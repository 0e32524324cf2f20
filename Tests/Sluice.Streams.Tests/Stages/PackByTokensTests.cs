using Akka.Actor;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Monitoring;
using Sluice.Streams.Stages;
using Sluice.Streams.Vectors;

namespace Sluice.Streams.Tests.Stages;

public sealed class PackByTokensTests : StageTestBase
{
    private static readonly TimeSpan Never = TimeSpan.FromHours(1);
    private readonly BufferGauge _gauge = new(1);
    private readonly CancellationTokenSource _discard = new();
    private int _sequence;

    [Fact]
    public async Task Push_ManyGroups_EveryChunkLeavesOnceWithinTheBudget()
    {
        var options = new PackingOptions(128, BatchBudget.Fixed(1024), 32, 4096, Never);
        var (input, output, _) = Wire(Stage(options));
        var random = new Random(7);
        var groups = Enumerable.Range(0, 60).Select(_ => Group([.. Enumerable.Range(0, 1 + random.Next(20)).Select(_ => 1 + random.Next(128))])).ToArray();
        input.Offer(groups);
        input.Complete();
        var expected = groups.Sum(static group => group.Chunks.Count);
        var seen = new HashSet<(GroupId, int)>();
        while (seen.Count < expected)
        {
            var batch = await Next(output);
            var longest = batch.Items.Max(static item => item.Chunk.Tokens.Length);
            batch.PaddedTokens.ShouldBe(batch.Items.Count * longest);
            batch.PaddedTokens.ShouldBeLessThanOrEqualTo(1024);
            batch.Items.Count.ShouldBeLessThanOrEqualTo(32);
            batch.Tokens.ShouldBe(batch.Items.Sum(static item => item.Chunk.Tokens.Length));
            foreach (var item in batch.Items)
            {
                seen.Add((item.Group.Group.Id, item.Index)).ShouldBeTrue();
            }
        }

        await Completed(output);
    }

    [Fact]
    public async Task Take_LengthsAsOfRealText_WastesAtMostFivePercent()
    {
        var options = new PackingOptions(128, BatchBudget.Fixed(1024), 64, 16_384, Never);
        var (input, output, _) = Wire(Stage(options));
        var random = new Random(11);

        // Two thirds of the chunks are full, the rest are ends of sections of any length.
        var groups = Enumerable.Range(0, 200).Select(_ => Group([.. Enumerable.Range(0, 32).Select(_ => random.Next(3) > 0 ? 100 + random.Next(29) : 1 + random.Next(128))])).ToArray();
        input.Offer(groups);
        input.Complete();
        long tokens = 0;
        long padded = 0;
        for (var left = groups.Sum(static group => group.Chunks.Count); left > 0;)
        {
            var batch = await Next(output);
            left -= batch.Items.Count;
            tokens += batch.Tokens;
            padded += batch.PaddedTokens;
        }

        (1 - ((double)tokens / padded)).ShouldBeLessThanOrEqualTo(0.05);
    }

    [Fact]
    public async Task Push_ChunkLargerThanTheBudget_TravelsAlone()
    {
        var (input, output, _) = Wire(Stage(new PackingOptions(512, BatchBudget.Fixed(100), 32, 1000, Never)));
        input.Offer(Group(400, 10));
        input.Complete();
        (await Next(output)).Items.Count.ShouldBe(1);
        (await Next(output)).Items.Count.ShouldBe(1);
        await Completed(output);
    }

    [Fact]
    public async Task Push_WithoutDemand_TakesUpToTheWindow()
    {
        var (input, output, _) = Wire(Stage(new PackingOptions(128, BatchBudget.Fixed(100), 32, 500, Never)));
        input.Offer([.. Enumerable.Range(0, 50).Select(_ => Group(100))]);

        // One batch in the sink's slot, five chunks in the window, one group on its way.
        await input.UntilTaken(6);
        AwaitCondition(() => _gauge.Fill >= 500, Soon);
        _gauge.Fill.ShouldBe(500);
        input.Taken.ShouldBeLessThanOrEqualTo(7);
        await Next(output);
    }

    [Fact]
    public async Task Push_ImagesWithoutDemand_TakesUpToTheBytesOfTheWindow()
    {
        var (input, output, _) = Wire(Stage(new PackingOptions(128, BatchBudget.Fixed(1000), 32, 100_000, Never)));
        input.Offer([.. Enumerable.Range(0, 50).Select(_ => ImageGroup(2000))]);

        // Each has 12 MB: three fill the window and leave as a batch into the sink's slot, three wait, one is on its way.
        await input.UntilTaken(6);
        AwaitCondition(() => _gauge.Fill >= 150, Soon);
        input.Taken.ShouldBeLessThanOrEqualTo(7);
        var batch = await Next(output);
        batch.Items.Count.ShouldBe(3);
        (batch.Tokens, batch.PaddedTokens).ShouldBe((150, 150));
    }

    [Fact]
    public async Task Build_ImagesThatAreEmbedded_KeepsNoPixels()
    {
        var (input, output, _) = Wire(Stage(new PackingOptions(128, BatchBudget.Fixed(1000), 32, 5000, Never)));
        var group = ImageGroup(100) with { Attempt = 3, Trace = "t" };
        input.Offer(group);
        input.Complete();
        var item = (await Next(output)).Items.ShouldHaveSingleItem();
        item.Chunk.Image.ShouldNotBeNull();
        item.Group.Set(0, new EmbeddingResult(new DenseEmbedding(new float[] { 1 }), null));
        var built = item.Group.Build();
        built.Records.ShouldHaveSingleItem().Chunk.Image.ShouldBeNull();
        built.Group.Chunks.ShouldHaveSingleItem().ShouldBe(group.Chunks[0] with { Image = null });
        built.Group.Weight.ShouldBeLessThan(1000);
        (built.Group.Id, built.Group.Uri, built.Group.Attempt, built.Group.Owner).ShouldBe((group.Id, group.Uri, 3, group.Owner));
        built.Weight.ShouldBeLessThan(1000);
    }

    [Fact]
    public async Task Timer_PartialBatchOlderThanTheFlushAge_IsEmitted()
    {
        var (input, output, _) = Wire(Stage(new PackingOptions(128, BatchBudget.Fixed(1000), 32, 5000, TimeSpan.FromMilliseconds(20))));
        input.Offer(Group(5));
        (await Next(output)).Items.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Push_GroupWithAllEmbeddingsReused_LeavesReady()
    {
        var (input, output, _) = Wire(Stage(new PackingOptions(128, BatchBudget.Fixed(1000), 32, 5000, Never)));
        var embedding = new DenseEmbedding(new float[] { 1 });
        input.Offer(Group(5, 6) with { Reused = [embedding, embedding] });
        var batch = await Next(output);
        batch.Items.ShouldBeEmpty();
        batch.Ready!.Build().Records.Count.ShouldBe(2);
        input.Offer(Group(5, 6) with { Reused = [embedding, null] });
        input.Complete();
        var rest = await Next(output);
        rest.Items.ShouldHaveSingleItem().Index.ShouldBe(1);
        await Completed(output);
    }

    [Fact]
    public async Task Take_ShortChunkAmongEndlessLongOnes_IsNotStarved()
    {
        var (input, output, _) = Wire(Stage(new PackingOptions(128, BatchBudget.Fixed(512), 4, 2048, Never)));
        input.Offer(Group(3));
        input.Offer([.. Enumerable.Range(0, 200).Select(_ => Group(128, 128, 128, 128))]);
        var batches = 0;
        while ((await Next(output)).Items.All(static item => item.Chunk.Tokens.Length != 3))
        {
            (++batches).ShouldBeLessThan(10);
        }
    }

    [Fact]
    public async Task Discard_WhileChunksWait_CompletesWithoutThem()
    {
        var (input, output, _) = Wire(Stage(new PackingOptions(128, BatchBudget.Fixed(100), 1, 5000, Never)));
        input.Offer([.. Enumerable.Range(0, 20).Select(_ => Group(100))]);
        await Next(output);
        await _discard.CancelAsync();
        var left = 0;
        while ((await output.PullAsync().WaitAsync(Soon)).HasValue)
        {
            left++;
        }

        left.ShouldBeLessThan(5);
        await input.Cancelled.WaitAsync(Soon);
        AwaitCondition(() => _gauge.Fill == 0, Soon);
    }

    [Fact]
    public async Task Upstream_Fails_FailsAtOnce()
    {
        var (input, output, _) = Wire(Stage(new PackingOptions(128, BatchBudget.Fixed(1000), 32, 5000, Never)));
        input.Offer(Group(5));
        input.Complete(new InvalidOperationException("broken"));
        await Should.ThrowAsync<InvalidOperationException>(output.PullAsync().WaitAsync(Soon));
    }

    [Fact]
    public async Task Downstream_Cancels_CancelsUpstream()
    {
        var (input, output, _) = Wire(Stage(new PackingOptions(128, BatchBudget.Fixed(10), 32, 5000, Never)));
        input.Offer(Group(50));
        await Next(output);
        input.CancelDownstream();
        input.Offer(Group(50));
        await input.Cancelled.WaitAsync(Soon);
    }

    private PackByTokens Stage(PackingOptions options) => new(options, _gauge, new StageMeter(), TimeProvider.System, _discard.Token);

    private ChunkGroup ImageGroup(int side)
    {
        var document = DocumentId.FromUri("file:///document");
        var chunk = new Chunk(ChunkId.Create(document, $"{_sequence}", 0), "page", ReadOnlyMemory<int>.Empty, new Place(0, 4)) { Image = new PreparedImage(side, side, new byte[side * side * 3], 50) };
        return new ChunkGroup(new GroupId(document, 1, _sequence++), "file:///document", [chunk], ActorRefs.Nobody);
    }

    private ChunkGroup Group(params int[] lengths)
    {
        var document = DocumentId.FromUri("file:///document");
        var chunks = lengths.Select((length, index) =>
            new Chunk(ChunkId.Create(document, $"{_sequence} {index}", 0), "text", new int[length], new Place(0, 4))).ToList();
        return new ChunkGroup(new GroupId(document, 1, _sequence++), "file:///document", chunks, ActorRefs.Nobody);
    }
}
