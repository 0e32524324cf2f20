using Sluice.Actors.Core.Indexing;
using Sluice.TestKit;

namespace Sluice.Actors.Tests.Core;

public sealed class WriteGateTests
{
    private readonly JumpingTime _time = new();

    [Fact]
    public async Task Leave_Successes_AddOneForEachRound()
    {
        var gate = new WriteGate(1, 4, _time);
        var rounds = 0;
        while (gate.Limit < 4)
        {
            await TakeAsync(gate, WriteOutcome.Taken);
            rounds++;
        }

        rounds.ShouldBeInRange(6, 12); // 1 + 2 + 3 successes, about.
        await TakeAsync(gate, WriteOutcome.Taken);
        gate.Limit.ShouldBe(4);
    }

    [Fact]
    public async Task Leave_RequestsOfOneOverload_HalveOnce()
    {
        var gate = new WriteGate(8, 8, _time);
        var began = new List<long>();
        for (var i = 0; i < 8; i++)
        {
            began.Add(await gate.EnterAsync(CancellationToken.None));
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        began.ForEach(start => gate.Leave(start, WriteOutcome.Overloaded));
        gate.Limit.ShouldBe(4);
        for (var i = 0; i < 5; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await TakeAsync(gate, WriteOutcome.Overloaded);
        }

        gate.Limit.ShouldBe(1);
    }

    [Fact]
    public async Task Enter_Full_WaitsItsTurn()
    {
        var gate = new WriteGate(1, 1, _time);
        var first = await gate.EnterAsync(CancellationToken.None);
        var second = gate.EnterAsync(CancellationToken.None).AsTask();
        using var gone = new CancellationTokenSource();
        var third = gate.EnterAsync(gone.Token).AsTask();
        var fourth = gate.EnterAsync(CancellationToken.None).AsTask();
        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(third);
        second.IsCompleted.ShouldBeFalse();

        gate.Leave(first, WriteOutcome.Other);
        gate.Leave(await second, WriteOutcome.Other);
        gate.Leave(await fourth, WriteOutcome.Other);
    }

    [Fact]
    public async Task Close_RetryAfter_KeepsEverybodyOut()
    {
        var gate = new WriteGate(4, 4, _time);
        gate.Close(TimeSpan.FromSeconds(30));
        await gate.EnterAsync(CancellationToken.None);
        _time.Elapsed.ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Close_WhileOneWaitsForItsTurn_KeepsThatOneOutToo()
    {
        var gate = new WriteGate(1, 1, _time);
        var first = await gate.EnterAsync(CancellationToken.None);
        var second = gate.EnterAsync(CancellationToken.None).AsTask();
        gate.Close(TimeSpan.FromSeconds(30));
        gate.Leave(first, WriteOutcome.Overloaded);
        await second;
        _time.Elapsed.ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Enter_GivenUpDuringAPause_FreesItsPlace()
    {
        var still = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var gate = new WriteGate(1, 1, still);
        gate.Close(TimeSpan.FromSeconds(30));
        using var stop = new CancellationTokenSource();
        var first = gate.EnterAsync(stop.Token).AsTask();
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => first);
        var second = gate.EnterAsync(CancellationToken.None).AsTask();
        still.Advance(TimeSpan.FromSeconds(31));
        await second.WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>A proxy says Retry-After: 5000000, or names a date in the past.</summary>
    [Theory]
    [InlineData(5_000_000)]
    [InlineData(922_000_000_000)]
    [InlineData(-5)]
    public async Task Close_ForWeeks_WaitsAnHourAndLosesNoPlace(double seconds)
    {
        var gate = new WriteGate(1, 4, _time);
        gate.Close(TimeSpan.FromSeconds(seconds));
        for (var time = 0; time < 2; time++)
        {
            await TakeAsync(gate, WriteOutcome.Taken).WaitAsync(TimeSpan.FromSeconds(30));
        }

        _time.Elapsed.ShouldBeInRange(seconds < 0 ? TimeSpan.Zero : TimeSpan.FromHours(1), TimeSpan.FromHours(1) + TimeSpan.FromSeconds(1));
    }

    [Theory]
    [InlineData(5_000_000, 3_600)]
    [InlineData(-5, 0)]
    [InlineData(90, 90)]
    public void Delay_AskedFor_IsKeptWithinAnHour(double asked, double least) =>
        Sluice.Actors.Core.Backoff.Delay(new Sluice.Actors.Core.PipelineOptions(), 1, TimeSpan.FromSeconds(asked)).TotalSeconds.ShouldBeInRange(least, Math.Max(least, 0.2));

    private static async Task TakeAsync(WriteGate gate, WriteOutcome outcome) => gate.Leave(await gate.EnterAsync(CancellationToken.None), outcome);
}
