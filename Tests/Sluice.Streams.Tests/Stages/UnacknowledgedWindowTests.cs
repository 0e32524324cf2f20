using Sluice.Streams.Monitoring;
using Sluice.Streams.Stages;

namespace Sluice.Streams.Tests.Stages;

public sealed class UnacknowledgedWindowTests : StageTestBase
{
    private readonly BufferGauge _gauge = new(10);

    [Fact]
    public async Task Push_NothingAcknowledged_StopsAtTheBound()
    {
        var (input, output, window) = Wire(Stage());
        input.Offer(Item(1, 5), Item(2, 5), Item(3, 5));
        (await Next(output)).Key.ShouldBe(1);
        (await Next(output)).Key.ShouldBe(2);
        var third = output.PullAsync();
        AwaitCondition(() => _gauge.Fill == 10, Soon);
        third.IsCompleted.ShouldBeFalse();
        window.Acknowledge(1);
        (await third.WaitAsync(Soon)).Value.Key.ShouldBe(3);
    }

    [Fact]
    public async Task OfferAgain_UnacknowledgedElement_ComesOnceMoreWithItsAttemptCounted()
    {
        var (input, output, window) = Wire(Stage());
        input.Offer(Item(1, 1));
        (await Next(output)).Attempt.ShouldBe(1);
        window.OfferAgain(1);
        var again = await Next(output);
        again.Key.ShouldBe(1);
        again.Attempt.ShouldBe(2);
        _gauge.Fill.ShouldBe(1);
        window.OfferAgain(7);
        window.Acknowledge(1);
        input.Complete();
        await Completed(output);
    }

    [Fact]
    public async Task OfferAgain_WhileWaitingForUpstream_DoesNotLoseTheNewElement()
    {
        var (input, output, window) = Wire(Stage());
        input.Offer(Item(1, 1));
        (await Next(output)).Key.ShouldBe(1);
        var pulled = output.PullAsync();
        window.OfferAgain(1);
        (await pulled.WaitAsync(Soon)).Value.Key.ShouldBe(1);
        input.Offer(Item(2, 1));
        (await Next(output)).Key.ShouldBe(2);
    }

    [Fact]
    public async Task Upstream_Completes_CompletesOnlyWhenAllIsAcknowledged()
    {
        var (input, output, window) = Wire(Stage());
        input.Offer(Item(1, 1), Item(2, 1));
        input.Complete();
        await Next(output);
        await Next(output);
        var end = output.PullAsync();
        window.Acknowledge(2);
        window.OfferAgain(1);
        (await end.WaitAsync(Soon)).Value.Key.ShouldBe(1);
        end = output.PullAsync();
        window.Acknowledge(1);
        (await end.WaitAsync(Soon)).HasValue.ShouldBeFalse();
    }

    [Fact]
    public async Task Upstream_Fails_FailsAtOnce()
    {
        var (input, output, _) = Wire(Stage());
        input.Offer(Item(1, 1));
        await Next(output);
        input.Complete(new InvalidOperationException("broken"));
        await Should.ThrowAsync<InvalidOperationException>(output.PullAsync().WaitAsync(Soon));
    }

    [Fact]
    public async Task Downstream_Cancels_CancelsUpstreamAndEmptiesTheGauge()
    {
        var (input, output, _) = Wire(Stage());
        input.Offer(Item(1, 4));
        await Next(output);
        input.CancelDownstream();
        input.Offer(Item(2, 1));
        await input.Cancelled.WaitAsync(Soon);
        AwaitCondition(() => _gauge.Fill == 0, Soon);
    }

    private static Offered Item(int key, long weight) => new(key, weight, 1);

    private UnacknowledgedWindow<int, Offered> Stage() =>
        new(static item => item.Key, static item => item.Weight, static item => item with { Attempt = item.Attempt + 1 }, _gauge);

    public sealed record Offered(int Key, long Weight, int Attempt);
}
