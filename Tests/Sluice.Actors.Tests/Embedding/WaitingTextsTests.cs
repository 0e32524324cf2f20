using Sluice.Actors.Embedding;

namespace Sluice.Actors.Tests.Embedding;

public sealed class WaitingTextsTests
{
    private readonly WaitingTexts _texts = new();

    [Fact]
    public void Take_ManyLengths_TakesTheOldestAndThoseNearestToItInLength()
    {
        var texts = Add(10, 50, 11, 9, 12, 10, 3);
        _texts.Take(60).ShouldBe([texts[0], texts[5], texts[2], texts[3], texts[4]], "5 x 12 tokens");
        _texts.Count.ShouldBe(2);
        _texts.Take(60).ShouldBe([texts[1]], "3 beside 50 would pad 47");
        _texts.Take(60).ShouldBe([texts[6]]);
        _texts.Count.ShouldBe(0);
    }

    [Fact]
    public void Take_LargerThanTheBudget_GoesAlone()
    {
        var texts = Add(100, 100);
        _texts.Take(50).ShouldBe([texts[0]]);
        _texts.Take(50).ShouldBe([texts[1]]);
    }

    [Fact]
    public void Take_WhileShorterOnesKeepComing_TheOldestIsInTheNextBatch()
    {
        var old = Add(40)[0];
        Add([.. Enumerable.Repeat(5, 1000)]);
        _texts.Take(200).ShouldContain(old);
    }

    [Fact]
    public void Take_UrgentBehindMoreOfItsLengthThanABatchHolds_IsInTheNextBatch()
    {
        Add([.. Enumerable.Repeat(8, 100)]);
        var urgent = new WaitingText(new int[8], isQuery: false, CancellationToken.None) { IsUrgent = true };
        _texts.Add(urgent);
        var batch = _texts.Take(32);
        batch.Count.ShouldBe(4);
        batch.ShouldContain(urgent);
        _texts.Count.ShouldBe(97);
    }

    [Fact]
    public void Take_UrgentOnesKeepComing_TheOldestGetsItsTurn()
    {
        var old = Add(40)[0];
        var batches = 0;
        List<WaitingText> batch;
        do
        {
            _texts.Add(new WaitingText(new int[4], isQuery: true, CancellationToken.None) { IsUrgent = true });
            batch = _texts.Take(4);
            batches++;
        }
        while (!batch.Contains(old) && batches < 100);
        batches.ShouldBe(9);
    }

    [Fact]
    public void Take_QueriesAndDocuments_AreNeverInOneBatch()
    {
        for (var number = 0; number < 20; number++)
        {
            _texts.Add(new WaitingText(new int[4], isQuery: number % 3 == 0, CancellationToken.None));
        }

        var taken = 0;
        while (_texts.Count > 0)
        {
            var batch = _texts.Take(1000);
            batch.ShouldAllBe(text => text.IsQuery == batch[0].IsQuery);
            taken += batch.Count;
        }

        taken.ShouldBe(20);
    }

    [Fact]
    public void Sweep_GivenUp_AreForgottenOnceAndNeverTaken()
    {
        using var gone = new CancellationTokenSource();
        var given = new WaitingText(new int[4], isQuery: false, gone.Token);
        _texts.Add(given);
        var other = Add(4)[0];
        gone.Cancel();
        var forgotten = new List<WaitingText>();
        _texts.Sweep(forgotten.Add);
        _texts.Sweep(forgotten.Add);
        forgotten.ShouldBe([given]);
        _texts.Count.ShouldBe(1);
        _texts.Take(100).ShouldBe([other]);
    }

    [Fact]
    public void Take_AtRandom_EveryTextLeavesOnceWithinTheBudget()
    {
        var random = new Random(5);
        var waiting = new HashSet<WaitingText>();
        for (var round = 0; round < 2000; round++)
        {
            foreach (var text in Add([.. Enumerable.Range(0, random.Next(6)).Select(_ => random.Next(0, 300))]))
            {
                waiting.Add(text);
            }

            if (_texts.Count == 0)
            {
                continue;
            }

            var batch = _texts.Take(512);
            (batch.Count == 1 || batch.Count * (long)Math.Max(1, batch.Max(static text => text.Ids.Length)) <= 512).ShouldBeTrue();
            batch.ShouldAllBe(text => waiting.Remove(text));
            _texts.Count.ShouldBe(waiting.Count);
        }

        _texts.TakeAll(text => waiting.Remove(text).ShouldBeTrue());
        waiting.ShouldBeEmpty();
    }

    private List<WaitingText> Add(params int[] lengths)
    {
        List<WaitingText> texts = [.. lengths.Select(static length => new WaitingText(new int[length], isQuery: false, CancellationToken.None))];
        texts.ForEach(_texts.Add);
        return texts;
    }
}
