using Akka.Actor;
using Microsoft.Extensions.Time.Testing;
using Sluice.Actors.Core;
using Sluice.Actors.Core.Partitions;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Tests.Core;

public sealed class AskingTests : Akka.TestKit.Xunit2.TestKit
{
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task AskLiving_Answered_GivesTheAnswer()
    {
        var asking = TestActor.AskLivingAsync<string>("question", CancellationToken.None);
        ExpectMsg("question");
        LastSender.Tell("answer");
        (await asking.WaitAsync(s_soon)).ShouldBe("answer");
    }

    [Fact]
    public async Task AskLiving_AnsweredWithAFailure_Fails()
    {
        var asking = TestActor.AskLivingAsync<string>("question", CancellationToken.None);
        ExpectMsg("question");
        LastSender.Tell(new Status.Failure(new InvalidOperationException("boom")));
        (await Should.ThrowAsync<Exception>(asking.WaitAsync(s_soon))).GetBaseException().Message.ShouldBe("boom");
    }

    [Fact]
    public async Task AskLiving_TheAskedOneStops_EndsAndSaysSo()
    {
        var silent = Sys.ActorOf(Props.Create(static () => new Silent()), "silent");
        var asking = silent.AskLivingAsync<string>("question", CancellationToken.None);
        await silent.GracefulStop(s_soon);
        (await Should.ThrowAsync<AskedStoppedException>(asking.WaitAsync(s_soon))).Message.ShouldBe("silent stopped before it had answered String");
        await Should.ThrowAsync<AskedStoppedException>(silent.AskLivingAsync<string>("again", CancellationToken.None).WaitAsync(s_soon));
    }

    [Fact]
    public async Task AskLiving_Cancelled_EndsAsCancelled()
    {
        using var stop = new CancellationTokenSource();
        var asking = Sys.ActorOf(Props.Create(static () => new Silent())).AskLivingAsync<string>("question", stop.Token);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(asking.WaitAsync(s_soon));
    }

    /// <summary>The clock of the wall is put forward by a day; nobody was silent.</summary>
    [Fact]
    public void OfferLog_WallClockJumps_OffersNothingAgain()
    {
        var time = new JumpingWall();
        var log = new OfferLog(TimeSpan.FromMinutes(10), time);
        log.Offered(new GroupId(new DocumentId(Guid.NewGuid()), 1, 0));
        time.Wall = DateTimeOffset.UnixEpoch.AddDays(1);
        log.TakeSilent().ShouldBeEmpty();
        time.Advance(TimeSpan.FromMinutes(11));
        log.TakeSilent().Count.ShouldBe(1);
    }

    private sealed class JumpingWall : FakeTimeProvider
    {
        public DateTimeOffset Wall { get; set; } = DateTimeOffset.UnixEpoch;

        public override DateTimeOffset GetUtcNow() => Wall;

        public override long GetTimestamp() => base.GetUtcNow().Ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    }

    private sealed class Silent : ReceiveActor
    {
        public Silent() => ReceiveAny(static _ => { });
    }
}
