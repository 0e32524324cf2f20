using Sluice.Actors.Core.Embedding;

namespace Sluice.Actors.Tests.Core;

public sealed class FairQueueTests
{
    [Fact]
    public void TryDequeue_TwoSharesOfDifferentWeight_ServesThemInProportion()
    {
        var queue = new FairQueue<int>();
        for (var item = 0; item < 300; item++)
        {
            queue.Enqueue(1, 10, 1000, 1);
            queue.Enqueue(2, 30, 1000, 2);
        }

        var served = Take(queue, 200);
        served.Count(static share => share == 2).ShouldBeInRange(148, 152);
    }

    [Fact]
    public void TryDequeue_CostlyAndCheapItems_SharesTheCost()
    {
        var queue = new FairQueue<int>();
        for (var item = 0; item < 400; item++)
        {
            queue.Enqueue(1, 10, 3000, 1);
            queue.Enqueue(2, 10, 1000, 2);
        }

        var served = Take(queue, 200);
        served.Count(static share => share == 2).ShouldBeInRange(148, 152);
    }

    [Fact]
    public void TryDequeue_AShareThatWasIdle_SavesNothingUp()
    {
        var queue = new FairQueue<int>();
        for (var item = 0; item < 100; item++)
        {
            queue.Enqueue(1, 10, 1000, 1);
        }

        Take(queue, 50);
        for (var item = 0; item < 100; item++)
        {
            queue.Enqueue(2, 10, 1000, 2);
        }

        Take(queue, 20).Count(static share => share == 1).ShouldBeInRange(9, 11);
    }

    [Fact]
    public void TryDequeue_OneItemAtATimeEach_KeepsTheProportion()
    {
        var queue = new FairQueue<int>();
        var served = new int[3];
        queue.Enqueue(1, 10, 1000, 1);
        queue.Enqueue(2, 30, 1000, 2);
        queue.Enqueue(1, 10, 1000, 1);
        queue.Enqueue(2, 30, 1000, 2);
        for (var step = 0; step < 400; step++)
        {
            queue.TryDequeue(out var share).ShouldBeTrue();
            served[share]++;
            queue.Enqueue(share, share == 1 ? 10 : 30, 1000, share);
        }

        served[2].ShouldBeInRange(295, 305);
    }

    [Fact]
    public void TryDequeue_Empty_ReturnsFalse()
    {
        var queue = new FairQueue<int>();
        queue.TryDequeue(out _).ShouldBeFalse();
        queue.Enqueue(1, 1, 1, 7);
        queue.Count.ShouldBe(1);
        queue.TryDequeue(out var item).ShouldBeTrue();
        item.ShouldBe(7);
        queue.Count.ShouldBe(0);
    }

    private static List<int> Take(FairQueue<int> queue, int count)
    {
        var served = new List<int>();
        while (served.Count < count && queue.TryDequeue(out var share))
        {
            served.Add(share);
        }

        return served;
    }
}
