using Sluice.Actors.Storage.Sqlite;

namespace Sluice.Actors.Tests.Storage.Sqlite;

public sealed class WeightGateTests
{
    [Fact]
    public async Task EnterAsync_Full_WaitsInOrderOfArrival()
    {
        var gate = new WeightGate(10, 100);
        await gate.EnterAsync(8, CancellationToken.None);
        var heavy = gate.EnterAsync(9, CancellationToken.None).AsTask();
        var light = gate.EnterAsync(1, CancellationToken.None).AsTask();
        heavy.IsCompleted.ShouldBeFalse();
        light.IsCompleted.ShouldBeFalse("who came first goes first");
        gate.Exit(8);
        await heavy;
        await light;
    }

    [Fact]
    public async Task EnterAsync_HeavierThanTheGate_PassesAlone()
    {
        var gate = new WeightGate(10, 100);
        await gate.EnterAsync(50, CancellationToken.None);
        var next = gate.EnterAsync(1, CancellationToken.None).AsTask();
        next.IsCompleted.ShouldBeFalse();
        gate.Exit(50);
        await next;
    }

    [Fact]
    public async Task EnterAsync_TooMany_Waits()
    {
        var gate = new WeightGate(10, 1);
        await gate.EnterAsync(0, CancellationToken.None);
        var next = gate.EnterAsync(0, CancellationToken.None).AsTask();
        next.IsCompleted.ShouldBeFalse();
        gate.Exit(0);
        await next;
    }

    [Fact]
    public async Task EnterAsync_CancelledWhileWaiting_LetsTheNextPass()
    {
        var gate = new WeightGate(10, 100);
        await gate.EnterAsync(5, CancellationToken.None);
        using var cancel = new CancellationTokenSource();
        var heavy = gate.EnterAsync(9, cancel.Token).AsTask();
        var light = gate.EnterAsync(5, CancellationToken.None).AsTask();
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => heavy);
        await light;
    }
}
