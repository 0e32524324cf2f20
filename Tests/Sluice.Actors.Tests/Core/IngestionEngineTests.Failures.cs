using Sluice.Actors.Core;
using Sluice.Streams.Chunks;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Sinks;
using Sluice.TestKit.Models;

namespace Sluice.Actors.Tests.Core;

/// <summary>What goes wrong in a run, and runs that are ended.</summary>
public sealed partial class IngestionEngineTests
{
    [Fact]
    public async Task Run_LedgerForgetsWhatItConfirmed_IsNotDoneUntilItHasAll()
    {
        var forgotten = 0;
        _wrapLedger = ledger => ForgetfulLedger.Around(ledger, () => Interlocked.Increment(ref forgotten) <= 2);
        var told = new List<string>();
        var report = await RunAsync(told: told);
        (report.Accounting.Indexed, report.Accounting.Balances).ShouldBe((12, true));
        told.ShouldContain(static text => text.Contains("went back in time", StringComparison.Ordinal));
        (await IdsAsync()).Count.ShouldBe(24);
        await VerifyAsync();
    }

    [Fact]
    public async Task Run_LedgerForgetsAgainAndAgain_EndsWithTheReason()
    {
        _wrapLedger = static ledger => ForgetfulLedger.Around(ledger, static () => true);
        (await Should.ThrowAsync<StorageException>(() => RunAsync())).Message.ShouldContain("loses what it commits");
    }

    /// <summary>Nothing follows the last page, so that only the end of the walk notices that it is lost.</summary>
    [Fact]
    public async Task Run_LedgerLosesTheLastPageOfTheListing_ListsItAgainByItself()
    {
        await RunAsync();
        var before = await IdsAsync();
        Write("new.md", "# New\n\nOne more.\n");
        var left = 2;
        _wrapLedger = ledger => ForgetfulLedger.LosingPages(ledger, page => page.Cursor is null && left-- > 0);
        var told = new List<string>();
        var report = await RunAsync(told: told);
        (report.Accounting.Indexed, report.Accounting.Unchanged, report.Accounting.Balances, report.Removed).ShouldBe((1, 12, true, 0));
        told.Count(static text => text.Contains("listed again", StringComparison.Ordinal)).ShouldBe(2);
        (await IdsAsync()).Count.ShouldBe(before.Count + 1);
        await VerifyAsync();
    }

    [Fact]
    public async Task Run_LedgerLosesTheLastPageAgainAndAgain_EndsWithTheReason()
    {
        _wrapLedger = static ledger => ForgetfulLedger.LosingPages(ledger, static page => page.Cursor is null);
        (await Should.ThrowAsync<ListingLostException>(() => RunAsync())).Message.ShouldContain("Nothing was removed. Run again");
    }

    [Fact]
    public async Task Run_PartitionThatBreaksAgainAndAgain_GivesUpWithWords()
    {
        _wrapLedger = static ledger => Sluice.TestKit.Tripwire.Around(ledger, static name => name == nameof(Sluice.Streams.Ledger.ILedger.ListPendingAsync) ? new InvalidOperationException("a fault of the program") : null);
        (await Should.ThrowAsync<StorageException>(() => RunAsync())).Message.ShouldContain("a partition broke 6 times without a document getting done in between");
    }

    [Fact]
    public async Task Run_ChunkPoisonsTheModel_IsDeadAndAllElseIsIndexed()
    {
        Write("poison.md", "# Poison\n\nxyzzy\n");
        var tokenizer = new WordTokenizer();
        var tokens = new TokenBuffer();
        tokenizer.Encode("xyzzy", tokens);
        var poison = tokens.Ids[0];
        _embedder = new HashingEmbedder { BeforeBatch = (_, batch) => ThrowOn(batch, poison) };
        var report = await RunAsync();
        report.Accounting.Indexed.ShouldBe(12);
        report.Accounting.Dead.ShouldBe(new Dictionary<string, long>(StringComparer.Ordinal) { [Reasons.EmbeddingFailed] = 1 });
        await using var ledger = await OpenLedgerAsync();
        await using var sink = OpenSink();
        var letter = (await ledger.ListDeadLettersAsync(sink.Name, 0, 10, CancellationToken.None)).ShouldHaveSingleItem();
        letter.Uri.ShouldEndWith("poison.md");
        letter.Message.ShouldContain("the model failed on it 3 times");
        (await RunAsync()).Accounting.Dead.Values.Sum().ShouldBe(1, "a dead letter stays one until it is replayed or its document changes");

        await ledger.ReplayAsync(sink.Name, null, CancellationToken.None);
        _embedder = new HashingEmbedder();
        (await RunAsync()).Accounting.Dead.ShouldBeEmpty();
        (await ledger.ListDeadLettersAsync(sink.Name, 0, 10, CancellationToken.None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_SinkDownForAWhile_StallsAndThenCompletes()
    {
        var calls = 0;
        var told = new List<string>();
        _wrapSink = sink => new ScriptedSink(
            records => Interlocked.Increment(ref calls) <= 3 ? throw new TransientException("connection refused") : sink.UpsertAsync(records, CancellationToken.None),
            sink.Capabilities,
            sink);
        var report = await RunAsync(told: told);
        report.Accounting.Indexed.ShouldBe(12);
        told.ShouldContain(static text => text.Contains("the database does not take writes (connection refused)", StringComparison.Ordinal));
        told.ShouldContain("the database answers again");
    }

    [Fact]
    public async Task Run_SinkDownForLongerThanTheAcknowledgeTimeout_EmbedsNothingTwice()
    {
        var calls = 0;
        _wrapSink = sink => new ScriptedSink(
            records => Interlocked.Increment(ref calls) <= 100 ? throw new TransientException("connection refused") : sink.UpsertAsync(records, CancellationToken.None),
            sink.Capabilities,
            sink);
        _options.RetryDelay = TimeSpan.FromMilliseconds(40);
        _options.MaxRetryDelay = TimeSpan.FromMilliseconds(40);
        _options.AcknowledgeTimeout = TimeSpan.FromMilliseconds(600);
        (await RunAsync()).Accounting.Indexed.ShouldBe(12);
        _embedder.Texts.ShouldBe(24);
    }

    [Fact]
    public async Task Run_WriteNeverAnswers_ItsGroupsAreOfferedAgain()
    {
        var calls = 0;
        var never = new TaskCompletionSource<IReadOnlyList<ChunkFailure>>();
        _wrapSink = sink => new ScriptedSink(
            records => Interlocked.Increment(ref calls) == 1 ? never.Task : sink.UpsertAsync(records, CancellationToken.None),
            sink.Capabilities with { MaxConcurrency = 2 },
            sink);
        _options.AcknowledgeTimeout = TimeSpan.FromMilliseconds(100);
        (await RunAsync()).Accounting.Indexed.ShouldBe(12);
        await VerifyAsync();
    }

    [Fact]
    public async Task Run_StoppedWhileTheCollectionIsMade_EndsAtOnce()
    {
        using var stop = new CancellationTokenSource();
        _wrapSink = sink => new ScriptedSink(records => sink.UpsertAsync(records, CancellationToken.None), sink.Capabilities, sink)
        {
            Ensure = token =>
            {
                stop.Cancel();
                return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            },
        };
        await Should.ThrowAsync<OperationCanceledException>(() => RunAsync(stop: stop.Token).WaitAsync(Soon));
        _wrapSink = static sink => sink;
        (await RunAsync()).Accounting.Indexed.ShouldBe(12);
    }

    [Fact]
    public async Task Run_StorageBreaks_EndsWithTheReasonAndTheNextRunCompletes()
    {
        var calls = 0;
        _wrapSink = sink => new ScriptedSink(
            records => Interlocked.Increment(ref calls) > 1 ? throw new StorageException("the disk is full") : sink.UpsertAsync(records, CancellationToken.None),
            sink.Capabilities with { MaxRecords = 4 },
            sink);
        (await Should.ThrowAsync<StorageException>(RunAsync())).Message.ShouldBe("the disk is full");
        _wrapSink = static sink => sink;
        (await RunAsync()).Accounting.Balances.ShouldBeTrue();
        (await IdsAsync()).Count.ShouldBe(24);
        await VerifyAsync();
    }

    [Fact]
    public async Task Run_InterruptedAndChangedBeforeTheNextRun_LeavesNoChunkOfTheOldText()
    {
        using var stop = new CancellationTokenSource();
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _wrapSink = sink => new ScriptedSink(
            async records =>
            {
                var failures = await sink.UpsertAsync(records, CancellationToken.None);
                held.TrySetResult();

                // Committed, and never acknowledged: what a crash between the sink and the ledger leaves behind.
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop.Token);
                return failures;
            },
            sink.Capabilities,
            sink);
        var run = RunAsync(options: new PipelineOptions { StopTimeout = TimeSpan.FromMilliseconds(200) }, stop: stop.Token);
        await held.Task.WaitAsync(Soon);
        await stop.CancelAsync();
        await run.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).WaitAsync(Soon);
        (await IdsAsync()).ShouldNotBeEmpty();

        _wrapSink = static sink => sink;
        foreach (var file in Directory.GetFiles(_corpus))
        {
            await File.WriteAllTextAsync(file, $"# Anew\n\nEverything is different in {Path.GetFileName(file)}.\n");
        }

        await RunAsync();
        (await IdsAsync()).Count.ShouldBe(12);
        await VerifyAsync();
    }

    [Fact]
    public async Task Run_Stopped_EndsSoonBalancedAndTheNextRunCompletesExactly()
    {
        for (var index = 0; index < 200; index++)
        {
            Write($"more{index}.md", $"# More {index}\n\nParagraph {index}.\n");
        }

        using var stop = new CancellationTokenSource();
        _embedder = new HashingEmbedder { BeforeBatch = (number, _) => StopAt(number, stop), Latency = TimeSpan.FromMilliseconds(5) };
        var report = await RunAsync(stop: stop.Token);
        report.Interrupted.ShouldBeTrue();
        report.Accounting.Balances.ShouldBeTrue();
        report.Accounting.Pending.ShouldBeGreaterThan(0);
        _embedder = new HashingEmbedder();
        (await RunAsync()).Accounting.Pending.ShouldBe(0);
        (await IdsAsync()).Count.ShouldBe(24 + 200);
        await VerifyAsync();
    }
}
