using Microsoft.Extensions.Time.Testing;
using Sluice.Hosting.Http;

namespace Sluice.Hosting.Tests.Http;

/// <summary>Questions to a ledger that waits for its server.</summary>
public sealed class LedgerPatienceTests
{
    private static readonly TimeSpan s_moment = TimeSpan.FromSeconds(2);
    private static readonly CancellationToken s_none = CancellationToken.None;
    private readonly FakeTimeProvider _time = new();
    private readonly TaskCompletionSource<int> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationToken _given;
    private string? _trouble;

    [Fact]
    public async Task AskAsync_Answered_GivesTheAnswerThoughThereIsTrouble()
    {
        _trouble = "another call waits";
        (await Patience().AskAsync(static _ => Task.FromResult(7), s_none)).ShouldBe(7);
    }

    [Fact]
    public async Task AskAsync_SlowWithoutTrouble_WaitsForTheAnswerForHalfAMinute()
    {
        var asked = Patience().AskAsync(CallAsync, s_none);
        for (var i = 0; i < 14; i++)
        {
            _time.Advance(s_moment);
        }

        asked.IsCompleted.ShouldBeFalse("a question of 28 s is no trouble");
        _given.IsCancellationRequested.ShouldBeFalse();
        _answer.SetResult(7);
        (await asked).ShouldBe(7);
    }

    [Fact]
    public async Task AskAsync_Trouble_IsToldAfterAMomentAndNoSooner()
    {
        _trouble = "PostgreSQL at db does not answer";
        var asked = Patience().AskAsync(CallUntilCancelledAsync, s_none);
        _time.Advance(s_moment - TimeSpan.FromMilliseconds(1));
        asked.IsCompleted.ShouldBeFalse("it may pass at once");
        _given.IsCancellationRequested.ShouldBeFalse();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        (await Should.ThrowAsync<ApiException>(() => asked)).ShouldSatisfyAllConditions(
            static told => told.Status.ShouldBe(503), static told => told.Message.ShouldBe("PostgreSQL at db does not answer"));
        _given.IsCancellationRequested.ShouldBeTrue("nobody waits for the call any more");
    }

    [Fact]
    public async Task AskAsync_TroubleThatHoldsASecret_IsToldWithoutIt()
    {
        _trouble = "postgres://sluice:hush-hush@db/docs does not answer";
        var asked = Patience().AskAsync(CallUntilCancelledAsync, s_none);
        _time.Advance(s_moment);
        (await Should.ThrowAsync<ApiException>(() => asked)).Message.ShouldNotContain("hush-hush");
    }

    [Fact]
    public async Task AskAsync_AnsweredWhileItIsGivenUp_GivesTheAnswer()
    {
        _trouble = "PostgreSQL at db does not answer";
        var asked = Patience().AskAsync(
            async given =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, _time, given).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return 7;
            },
            s_none);
        _time.Advance(s_moment);
        (await asked).ShouldBe(7);
    }

    [Fact]
    public async Task AskAsync_Fails_PassesTheFailureOn()
    {
        var asked = Patience().AskAsync(CallAsync, s_none);
        _answer.SetException(new InvalidDataException("a mistake"));
        (await Should.ThrowAsync<InvalidDataException>(() => asked)).Message.ShouldBe("a mistake");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("PostgreSQL at db does not answer")]
    public async Task AskAsync_CallerGivesUp_EndsTheCallAndIsCancelled(string? trouble)
    {
        using var stop = new CancellationTokenSource();
        var asked = Patience().AskAsync(CallUntilCancelledAsync, stop.Token);
        _trouble = trouble;
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => asked);
        _given.IsCancellationRequested.ShouldBeTrue();
    }

    /// <summary>A call that takes a while to end: whoever waits for it must not spin.</summary>
    [Fact]
    public async Task AskAsync_CallerGivesUpAndTheCallDoesNotEndAtOnce_WaitsForItAsleep()
    {
        using var stop = new CancellationTokenSource();
        var looked = 0;
        var patience = new LedgerPatience(
            () =>
            {
                // Where it spins, this would be asked for ever.
                if (++looked > 1_000)
                {
                    _answer.TrySetException(new InvalidOperationException("it spins"));
                }

                return null;
            },
            _time);
        var asked = patience.AskAsync(CallAsync, stop.Token);
        await stop.CancelAsync();
        looked.ShouldBeLessThan(10);
        asked.IsCompleted.ShouldBeFalse();
        _answer.SetCanceled(stop.Token);
        await Should.ThrowAsync<OperationCanceledException>(() => asked);
    }

    private LedgerPatience Patience() => new(() => _trouble, _time);

    private Task<int> CallAsync(CancellationToken given)
    {
        _given = given;
        return _answer.Task;
    }

    private async Task<int> CallUntilCancelledAsync(CancellationToken given)
    {
        _given = given;
        await Task.Delay(Timeout.InfiniteTimeSpan, _time, given);
        return 0;
    }
}
