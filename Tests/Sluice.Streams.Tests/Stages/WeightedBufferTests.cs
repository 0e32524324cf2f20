using Akka.Streams;
using Akka.Streams.Dsl;
using Sluice.Streams.Monitoring;
using Sluice.Streams.Stages;

namespace Sluice.Streams.Tests.Stages;

public sealed class WeightedBufferTests : StageTestBase
{
    private readonly BufferGauge _gauge = new(10);

    [Fact]
    public async Task Push_WithoutDemand_TakesUpToTheBoundAndNoMore()
    {
        var (input, output, _) = Wire(Buffer());
        input.Offer(4, 4, 4, 4, 4, 4);

        // One passes into the sink's own slot; 4 + 4 + 4 reaches the bound; one more may be on its way to the stage, asked for before it was full.
        await input.UntilTaken(4);
        AwaitCondition(() => _gauge.Fill == 12, Soon);
        input.Taken.ShouldBeLessThanOrEqualTo(5);
        (await Next(output)).ShouldBe(4);
        _gauge.Peak.ShouldBeLessThanOrEqualTo(_gauge.Bound + 4);
    }

    [Fact]
    public async Task Push_ElementHeavierThanTheBound_PassesAlone()
    {
        var (input, output, _) = Wire(Buffer());
        input.Offer(100, 1, 2);
        input.Complete();
        (await Next(output)).ShouldBe(100);
        (await Next(output)).ShouldBe(1);
        (await Next(output)).ShouldBe(2);
        await Completed(output);
    }

    [Fact]
    public async Task Pull_ManyElements_KeepsTheirOrderAndEmptiesTheGauge()
    {
        var (input, output, _) = Wire(Buffer());
        var elements = Enumerable.Range(1, 500).ToArray();
        input.Offer(elements);
        input.Complete();
        foreach (var element in elements)
        {
            (await Next(output)).ShouldBe(element);
        }

        await Completed(output);
        AwaitCondition(() => _gauge.Fill == 0, Soon);
    }

    [Fact]
    public async Task Upstream_Completes_WhatIsHeldStillComesOut()
    {
        var (input, output, _) = Wire(Buffer());
        input.Offer(1, 2, 3);
        input.Complete();
        await input.UntilTaken(3);
        (await Next(output)).ShouldBe(1);
        (await Next(output)).ShouldBe(2);
        (await Next(output)).ShouldBe(3);
        await Completed(output);
    }

    [Fact]
    public async Task Upstream_Fails_FailsAtOnce()
    {
        var (input, output, _) = Wire(Buffer());
        input.Complete(new InvalidOperationException("broken"));
        (await Should.ThrowAsync<InvalidOperationException>(output.PullAsync().WaitAsync(Soon))).Message.ShouldContain("broken");
    }

    [Fact]
    public async Task Downstream_Cancels_CancelsUpstreamAndEmptiesTheGauge()
    {
        var input = new StageInput<int>();
        var cancel = Source.From(() => input.ReadAsync())
            .Via(Buffer())
            .ViaMaterialized(KillSwitches.Single<int>(), Keep.Right)
            .To(Sink.FromSubscriber(new NeverAsking<int>()))
            .Run(Materializer);
        input.Offer(4, 4, 4);
        await input.UntilTaken(3);
        cancel.Shutdown();
        await input.Cancelled.WaitAsync(Soon);
        AwaitCondition(() => _gauge.Fill == 0, Soon);
    }

    private WeightedBuffer<int> Buffer() => new(static element => element, _gauge);

    private sealed class NeverAsking<T> : Reactive.Streams.ISubscriber<T>
    {
        public void OnSubscribe(Reactive.Streams.ISubscription subscription)
        {
        }

        public void OnNext(T element)
        {
        }

        public void OnError(Exception cause)
        {
        }

        public void OnComplete()
        {
        }
    }
}
