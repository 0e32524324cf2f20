using Microsoft.Extensions.Time.Testing;
using Sluice.Actors.Parsing.Bytes;

namespace Sluice.Actors.Tests.Parsing.Bytes;

public sealed class SourceWatchTests
{
    [Fact]
    public void Waited_ReadWithinWorkOfItsOwnLimit_IsCountedOnce()
    {
        var time = new FakeTimeProvider();
        var watch = new SourceWatch(time);

        watch.BeginRead();
        time.Advance(TimeSpan.FromSeconds(1));
        watch.BeginRead();
        time.Advance(TimeSpan.FromSeconds(2));
        watch.EndRead();
        time.Advance(TimeSpan.FromSeconds(4));
        watch.Waited.ShouldBe(TimeSpan.FromSeconds(7));
        watch.EndRead();
        time.Advance(TimeSpan.FromSeconds(8));

        watch.Waited.ShouldBe(TimeSpan.FromSeconds(7));
    }
}
