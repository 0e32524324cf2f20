using Sluice.Streams.Stages;

namespace Sluice.Streams.Tests.Stages;

public sealed class BatchBudgetTests
{
    [Theory]
    [InlineData(0, BatchBudget.Least)] // Larger batches gain nothing.
    [InlineData(500, 4096)] // As on a processor with a slow start: 1,024 to 2,048 gains a fifth, 4,096 to 8,192 a twentieth.
    [InlineData(20_000, 65_536)] // An accelerator that takes as long for one token as for twenty thousand.
    public void Ran_CostOfABatchAndOfAToken_EndsWhereDoublingGainsLessThanATwentieth(int tokensOfAStart, int atLeast)
    {
        var budget = BatchBudget.Found(static () => true);
        Feed(budget, tokens => tokensOfAStart + tokens);
        budget.IsSearching.ShouldBeFalse();
        budget.Tokens.ShouldBeGreaterThanOrEqualTo(atLeast);

        // Where it ended, the next doubling would have gained less than a twentieth, or is not allowed.
        var rate = (double)budget.Tokens / (tokensOfAStart + budget.Tokens);
        var doubled = 2.0 * budget.Tokens / (tokensOfAStart + (2 * budget.Tokens));
        (doubled < rate * 1.05 || budget.Tokens == BatchBudget.Most).ShouldBeTrue();
    }

    [Theory]
    [InlineData(0.3)] // A machine that others use: a third up or down from batch to batch.
    [InlineData(0.05)]
    public void Ran_NoGainButNoise_StaysMostly(double noise)
    {
        var random = new Random(7);
        var stayed = 0;
        for (var run = 0; run < 200; run++)
        {
            var budget = BatchBudget.Found(static () => true);
            Feed(budget, tokens => (int)(1000 * tokens * (1 + (noise * ((2 * random.NextDouble()) - 1)))));
            budget.IsSearching.ShouldBeFalse();
            stayed += budget.Tokens == BatchBudget.Least ? 1 : 0;
        }

        stayed.ShouldBeGreaterThan(190);
    }

    [Fact]
    public void Ran_TwiceAsFastInNoise_Grows()
    {
        var random = new Random(7);
        for (var run = 0; run < 50; run++)
        {
            var budget = BatchBudget.Found(static () => true);
            Feed(budget, tokens => (int)(tokens <= 4096 ? 100_000 * (1 + (0.2 * ((2 * random.NextDouble()) - 1))) : tokens * 50));
            budget.Tokens.ShouldBeGreaterThanOrEqualTo(2048);
        }
    }

    [Fact]
    public void Ran_LargerBatchesWithMorePadding_AreNotTakenForFaster()
    {
        var budget = BatchBudget.Found(static () => true);
        for (var i = 0; i < 200; i++)
        {
            // As fast by padded tokens, and a tenth of them for nothing.
            var size = budget.Tokens;
            budget.Ran(size > BatchBudget.Least ? size * 9 / 10 : size, size, TimeSpan.FromMicroseconds(size));
        }

        budget.Tokens.ShouldBe(BatchBudget.Least);
        budget.IsSearching.ShouldBeFalse();
    }

    [Fact]
    public void Ran_NoMemoryForMore_StaysAtOnce()
    {
        var budget = BatchBudget.Found(static () => false);
        Feed(budget, static tokens => 100_000 + tokens);
        budget.Tokens.ShouldBe(BatchBudget.Least);
        budget.IsSearching.ShouldBeFalse();
    }

    [Fact]
    public void Ran_BatchesThatHardlyFillIt_AreNotJudged()
    {
        var budget = BatchBudget.Found(static () => true);
        for (var i = 0; i < 100; i++)
        {
            budget.Ran(700, 700, TimeSpan.FromMilliseconds(1));
            budget.Ran(4096, 4096, TimeSpan.FromMilliseconds(1));
        }

        budget.IsSearching.ShouldBeTrue();
        budget.Tokens.ShouldBe(BatchBudget.Least);
    }

    [Fact]
    public void Refused_WhileSearching_GoesBackToTheBestThatFits()
    {
        var budget = BatchBudget.Found(static () => true);
        Feed(budget, static tokens => 100_000 + tokens, until: 8192);
        budget.Best.ShouldBe(8192);
        budget.IsSearching.ShouldBeTrue();
        budget.Refused(16_000);
        budget.Tokens.ShouldBe(8000);
        budget.IsSearching.ShouldBeFalse();
    }

    [Fact]
    public void Refused_AfterTheSearch_IsHeededAgainAndAgain()
    {
        var budget = BatchBudget.Found(static () => true);
        Feed(budget, static tokens => 100_000 + tokens);
        budget.Tokens.ShouldBe(BatchBudget.Most);
        budget.Refused(60_000);
        budget.Tokens.ShouldBe(30_000);
        budget.Refused(30_000);
        budget.Tokens.ShouldBe(15_000);
        budget.Refused(1);
        budget.Tokens.ShouldBe(1);
    }

    [Fact]
    public void Fixed_WhateverHappens_StaysAndScalesNothing()
    {
        var budget = BatchBudget.Fixed(300);
        Feed(budget, static tokens => 100_000 + tokens);
        budget.Refused(300);
        budget.Tokens.ShouldBe(300);
        budget.Scale(64).ShouldBe(64);
        Should.Throw<ArgumentOutOfRangeException>(static () => BatchBudget.Fixed(0));
    }

    [Fact]
    public void Scale_OfAFoundOne_FollowsItsSize()
    {
        var budget = BatchBudget.Found(static () => true);
        budget.Scale(64).ShouldBe(64);
        Feed(budget, static tokens => 100_000 + tokens, until: 8192);
        budget.Refused(20_000);
        budget.Tokens.ShouldBe(8192);
        budget.Scale(64).ShouldBe(512);
        new PackingOptions(128, budget, 64, 16_384, TimeSpan.FromSeconds(1)).Window.ShouldBe(65_536);
    }

    /// <summary>Runs full batches that take a microsecond for each unit of cost.</summary>
    private static void Feed(BatchBudget budget, Func<int, int> cost, int until = int.MaxValue)
    {
        for (var i = 0; i < 1000 && budget.Best < until; i++)
        {
            budget.Ran(budget.Tokens, budget.Tokens, TimeSpan.FromMicroseconds(cost(budget.Tokens)));
        }
    }
}
