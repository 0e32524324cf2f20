using Sluice.Streams.Stages;

namespace Sluice.Streams.Tests.Stages;

public sealed class CoalesceTests : StageTestBase
{
    private static readonly TimeSpan Never = TimeSpan.FromHours(1);

    [Fact]
    public async Task Push_UpToTheCount_EmitsFullLists()
    {
        var (input, output, _) = Wire(Stage(maxCount: 3, maxWeight: 1000, Never));
        input.Offer(1, 1, 1, 1, 1, 1, 1);
        input.Complete();
        (await Next(output)).Count.ShouldBe(3);
        (await Next(output)).Count.ShouldBe(3);
        (await Next(output)).Count.ShouldBe(1);
        await Completed(output);
    }

    [Fact]
    public async Task Push_UpToTheWeight_NeverExceedsItAndKeepsOrder()
    {
        var (input, output, _) = Wire(Stage(maxCount: 100, maxWeight: 10, Never));
        var elements = Enumerable.Range(0, 300).Select(static index => 1 + (index * 7 % 9)).ToArray();
        input.Offer(elements);
        input.Complete();
        var seen = new List<int>();
        while (seen.Count < elements.Length)
        {
            var list = await Next(output);
            list.Sum().ShouldBeLessThanOrEqualTo(10);
            seen.AddRange(list);
        }

        seen.ShouldBe(elements);
        await Completed(output);
    }

    [Fact]
    public async Task Push_ElementHeavierThanTheBound_TravelsAlone()
    {
        var (input, output, _) = Wire(Stage(maxCount: 10, maxWeight: 10, Never));
        input.Offer(3, 50, 4);
        input.Complete();
        (await Next(output)).ShouldBe([3]);
        (await Next(output)).ShouldBe([50]);
        (await Next(output)).ShouldBe([4]);
        await Completed(output);
    }

    [Fact]
    public async Task Timer_FlushAgePassed_EmitsWhatThereIs()
    {
        var (input, output, _) = Wire(Stage(maxCount: 100, maxWeight: 1000, TimeSpan.FromMilliseconds(20)));
        input.Offer(1, 2);
        (await Next(output)).Count.ShouldBeInRange(1, 2);
    }

    [Fact]
    public async Task Push_WithoutDemand_HoldsOneListAndOneElement()
    {
        var (input, output, _) = Wire(Stage(maxCount: 2, maxWeight: 1000, Never));
        input.Offer([.. Enumerable.Repeat(1, 50)]);

        // A list in the sink's slot, one ready in the stage, one element that did not fit, one on its way.
        await input.UntilTaken(5);
        input.Taken.ShouldBeLessThanOrEqualTo(7);
        (await Next(output)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Upstream_Fails_FailsAtOnce()
    {
        var (input, output, _) = Wire(Stage(maxCount: 3, maxWeight: 1000, Never));
        input.Offer(1);
        input.Complete(new InvalidOperationException("broken"));
        await Should.ThrowAsync<InvalidOperationException>(output.PullAsync().WaitAsync(Soon));
    }

    [Fact]
    public async Task Upstream_CompletesEmpty_Completes()
    {
        var (input, output, _) = Wire(Stage(maxCount: 3, maxWeight: 1000, Never));
        input.Complete();
        await Completed(output);
    }

    [Fact]
    public async Task Downstream_Cancels_CancelsUpstream()
    {
        var (input, output, _) = Wire(Stage(maxCount: 3, maxWeight: 1000, Never));
        input.Offer(1);
        await input.UntilTaken(1);
        input.CancelDownstream();
        input.Offer(2);
        await input.Cancelled.WaitAsync(Soon);
    }

    private static Coalesce<int> Stage(int maxCount, long maxWeight, TimeSpan flushAge) => new(static element => (1, element), maxCount, maxWeight, flushAge);
}
