using Microsoft.Extensions.Time.Testing;
using Sluice.Hosting.Cli.Progress;
using Sluice.Hosting.Composition;

namespace Sluice.Hosting.Tests.Cli;

public sealed class ProgressPictureTests
{
    [Fact]
    public void Totals_WhileNothingIsSettled_GuessesNoTime()
    {
        var time = new FakeTimeProvider();
        var picture = new ProgressPicture(time);
        for (var second = 1; second <= 10; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            picture.Totals(At(second));
        }

        picture.Totals(At(10)).ShouldEndWith(", about 1 m 30 s left");
        time.Advance(TimeSpan.FromSeconds(6));
        picture.Totals(At(10)).ShouldNotContain("left");
        time.Advance(TimeSpan.FromSeconds(1));
        picture.Totals(At(11)).ShouldContain("left");
    }

    private static IngestionProgress At(long settled) => new() { Discovered = 100, ListingComplete = true, Indexed = settled };
}
