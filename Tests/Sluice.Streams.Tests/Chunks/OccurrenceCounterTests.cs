using Sluice.Streams.Chunks;

namespace Sluice.Streams.Tests.Chunks;

public sealed class OccurrenceCounterTests
{
    [Fact]
    public void Next_SameText_CountsUp()
    {
        var counter = new OccurrenceCounter();
        counter.Next("a").ShouldBe(0);
        counter.Next("b").ShouldBe(0);
        counter.Next("a").ShouldBe(1);
        counter.Next("a").ShouldBe(2);
    }

    [Fact]
    public void Next_BeyondTheExactLimit_NeverRepeatsANumberForOneText()
    {
        var counter = new OccurrenceCounter();
        for (var index = 0; index < OccurrenceCounter.ExactLimit; index++)
        {
            counter.Next($"fill {index}");
        }

        var last = -1;
        for (var index = 0; index < 200_000; index++)
        {
            counter.Next($"other {index}");
            if (index % 10_000 == 0)
            {
                var next = counter.Next("watched");
                next.ShouldBeGreaterThan(last);
                last = next;
            }
        }
    }
}
