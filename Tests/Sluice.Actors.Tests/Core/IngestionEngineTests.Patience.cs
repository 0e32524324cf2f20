using Sluice.Streams.Chunks;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;
using Sluice.TestKit;

namespace Sluice.Actors.Tests.Core;

/// <summary>Databases and ledgers that are away for a while, or refuse single things: a run waits, or says what it left, and never hangs or ends for it.</summary>
public sealed partial class IngestionEngineTests
{
    private const string Moved = "\n\n\n\n# Document 3\n\nThe first paragraph of document 3 speaks of rivers.\n\n## Part two\n\nThe second paragraph of document 3 speaks of locks.\n";

    [Fact]
    public async Task Run_RenamedWhileTheDatabaseAnswersNoReads_WaitsAndReusesTheVectors()
    {
        await RunAsync();
        File.Move(Path.Combine(_corpus, "d01.md"), Path.Combine(_corpus, "renamed.md"));
        var calls = 0;
        _wrapSink = sink => Tripwire.Around(sink, name => name == nameof(IVectorSink.FetchEmbeddingsAsync) && Interlocked.Increment(ref calls) <= 20 ? new TransientException("it restarts") : null);
        _embedder = new();
        var told = new List<string>();
        var report = await RunAsync(told: told);
        (report.Accounting.Indexed, report.Accounting.Dead.Count, _embedder.Texts).ShouldBe((1, 0, 0));
        told.ShouldContain(static text => text.StartsWith("the database does not answer reads (it restarts); tried ", StringComparison.Ordinal));
        told.ShouldContain("the database answers again");
        await VerifyAsync();
    }

    [Theory]
    [InlineData(typeof(StorageException))]
    [InlineData(typeof(RequestRefusedException))]
    [InlineData(typeof(RequestTooLargeException))]
    [InlineData(typeof(InvalidOperationException))]
    public async Task Run_RenamedAndReadsFailForGood_EmbedsAgain(Type type)
    {
        await RunAsync();
        File.Move(Path.Combine(_corpus, "d01.md"), Path.Combine(_corpus, "renamed.md"));
        _wrapSink = sink => Tripwire.Around(sink, name => name == nameof(IVectorSink.FetchEmbeddingsAsync) ? Make(type) : null);
        _embedder = new();
        var report = await RunAsync();
        (report.Accounting.Indexed, report.Accounting.Dead.Count, _embedder.Texts).ShouldBe((1, 0, 2));
        await VerifyAsync();
    }

    [Fact]
    public async Task Run_RelocationRefused_WritesTheChunksAnewAtTheirNewPlace()
    {
        await RunAsync();
        Write("d03.md", Moved);
        _wrapSink = sink => Tripwire.Around(sink, static name => name == nameof(IVectorSink.RelocateAsync) ? new RequestRefusedException("scripts are disabled") : null);
        _embedder = new();
        (await RunAsync()).Accounting.Dead.ShouldBeEmpty();
        _embedder.Texts.ShouldBe(0);
        (await PlaceOfLocksAsync()).ShouldBe(9);
        await VerifyAsync();
    }

    [Theory]
    [InlineData(typeof(RequestRefusedException))]
    [InlineData(typeof(InvalidOperationException))]
    public async Task Run_RelocationAndWriteRefused_IsADeadLetterAndKeepsItsPlaceUntilItIsReplayed(Type type)
    {
        await RunAsync();
        Write("d03.md", Moved);
        File.Delete(Path.Combine(_corpus, "d05.md"));
        Write("new.md", "# New\n\nSomething new about weirs.\n");
        _wrapSink = sink => Tripwire.Around(sink, name => name is nameof(IVectorSink.RelocateAsync) or nameof(IVectorSink.FetchEmbeddingsAsync) ? Make(type) : null);
        var report = await RunAsync();
        report.Accounting.Dead.ShouldBe(new Dictionary<string, long>(StringComparer.Ordinal) { [Reasons.RefusedBySink] = 1 });
        (report.Accounting.Indexed, report.Removed).ShouldBe((1, 1));
        await VerifyAsync();
        (await PlaceOfLocksAsync()).ShouldBe(5);
        await using var ledger = await OpenLedgerAsync();
        await using var sink = OpenSink();
        var letters = await ledger.ListDeadLettersAsync(sink.Name, 0, 10, CancellationToken.None);
        letters.ShouldNotBeEmpty();
        letters.ShouldAllBe(static letter => letter.Chunk != null && letter.Message.Contains("it is found, with the place it had", StringComparison.Ordinal));

        _wrapSink = static sink => sink;
        await ledger.ReplayAsync(sink.Name, null, CancellationToken.None);
        _embedder = new();
        (await RunAsync()).Accounting.Dead.ShouldBeEmpty();
        _embedder.Texts.ShouldBe(0);
        (await PlaceOfLocksAsync()).ShouldBe(9);
        (await ledger.ListDeadLettersAsync(sink.Name, 0, 10, CancellationToken.None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_OneRelocationOfManyRefused_MovesTheOthers()
    {
        await RunAsync();
        Write("d03.md", Moved);
        var poison = (ChunkId?)null;
        _wrapSink = sink => new TrippingSink(sink)
        {
            Relocate = chunks =>
            {
                poison ??= chunks[0].Id;
                return chunks.Any(chunk => chunk.Id == poison) ? new RequestRefusedException("title too long") : null;
            },
            Fetch = static () => new RequestRefusedException("title too long"),
        };
        (await RunAsync()).Accounting.Dead.Values.Sum().ShouldBe(1);
        await using var ledger = await OpenLedgerAsync();
        await using var sink = OpenSink();
        (await ledger.ListDeadLettersAsync(sink.Name, 0, 10, CancellationToken.None)).ShouldHaveSingleItem().Chunk.ShouldBe(poison);
        await VerifyAsync();
    }

    /// <summary>An edited paragraph, a deleted file and a file that is nothing any more, with a database that deletes nothing.</summary>
    [Theory]
    [InlineData(typeof(RequestRefusedException))]
    [InlineData(typeof(InvalidOperationException))]
    public async Task Run_DeletionsRefused_EndsAllTheSameAndTheNextRunDeletes(Type type)
    {
        await RunAsync();
        Write("d03.md", "# Document 3\n\nThe first paragraph of document 3 speaks of rivers.\n\n## Part two\n\nNow it speaks of weirs and mills instead.\n");
        Write("d04.md", "");
        File.Delete(Path.Combine(_corpus, "d05.md"));
        _wrapSink = sink => Tripwire.Around(sink, name => name is nameof(IVectorSink.DeleteAsync) or nameof(IVectorSink.DeleteDocumentsAsync) ? Make(type) : null);
        var report = await RunAsync();
        report.Accounting.Balances.ShouldBeTrue();
        (report.Accounting.Indexed, report.Accounting.Pending, report.Removed).ShouldBe((1, 0, 0));
        report.Warnings.Count(static warning => warning.Contains("refused to delete", StringComparison.Ordinal)).ShouldBe(2);
        (await IdsAsync()).Count.ShouldBe(25, "24, one new, none deleted");

        _wrapSink = static sink => sink;
        report = await RunAsync();
        report.Removed.ShouldBe(1);
        report.Warnings.ShouldBeEmpty();
        (await IdsAsync()).Count.ShouldBe(20);
        await VerifyAsync();
    }

    /// <summary>What SQLite makes of a file that another process holds, at every call of the ledger that a run makes.</summary>
    [Theory]
    [MemberData(nameof(LedgerCalls))]
    public async Task Run_LedgerLockedForAWhile_WaitsAndSaysSo(string call)
    {
        await RunAsync();
        Write("d03.md", Moved);
        Write("d04.md", "# Document 4\n\nNow it speaks of weirs and mills instead.\n");
        File.Delete(Path.Combine(_corpus, "d05.md"));
        File.Move(Path.Combine(_corpus, "d01.md"), Path.Combine(_corpus, "renamed.md"));
        await using (var ledger = await OpenLedgerAsync())
        {
            await using var sink = OpenSink();
            var settled = await ledger.ListDocumentsAsync(sink.Name, null, 1, CancellationToken.None);
            await ledger.DoubtAsync(sink.Name, [(settled[0].Listed.Id, settled[0].Generation)], CancellationToken.None);
        }

        var calls = 0;
        _wrapLedger = ledger => Tripwire.Around(ledger, name => name == call && Interlocked.Increment(ref calls) <= 12 ? new TransientException("'x' is locked by another process that writes it.") : null);
        var told = new List<string>();
        var report = await RunAsync(told: told);
        calls.ShouldBeGreaterThan(12, "the run makes this call");
        report.Accounting.Balances.ShouldBeTrue();
        (report.Accounting.Indexed, report.Accounting.Pending, report.Accounting.Dead.Count, report.Removed).ShouldBe((3, 0, 0, 2));
        told.ShouldContain(static text => text.StartsWith("the ledger waits: 'x' is locked by another process that writes it.", StringComparison.Ordinal));
        told.ShouldContain("the ledger answers again");
        _wrapLedger = static ledger => ledger;
        await VerifyAsync();
    }

    public static TheoryData<string> LedgerCalls() =>
    [
        nameof(ILedger.BeginWalkAsync), nameof(ILedger.AddListingAsync), nameof(ILedger.ListPendingAsync), nameof(ILedger.BeginAsync), nameof(ILedger.FindChunksAsync),
        nameof(ILedger.FindTwinAsync), nameof(ILedger.RecordChunksAsync), nameof(ILedger.ListStaleChunksAsync), nameof(ILedger.RemoveChunksAsync), nameof(ILedger.CompleteAsync),
        nameof(ILedger.ListUnconfirmedAsync), nameof(ILedger.ConfirmAsync), nameof(ILedger.ListRemovedAsync), nameof(ILedger.RemoveDocumentsAsync), nameof(ILedger.EndWalkAsync),
        nameof(ILedger.AccountAsync), nameof(ILedger.ListChunksAsync),
    ];

    [Fact]
    public async Task Run_StoppedWhileTheLedgerIsLocked_EndsWithWords()
    {
        using var stop = new CancellationTokenSource();
        _wrapLedger = ledger => Tripwire.Around(ledger, name =>
        {
            if (name == nameof(ILedger.RecordChunksAsync))
            {
                stop.Cancel();
            }

            return stop.IsCancellationRequested ? new TransientException("'x' is locked by another process that writes it.") : null;
        });
        _options.StopTimeout = TimeSpan.FromMilliseconds(200);
        var exception = await Should.ThrowAsync<TransientException>(() => RunAsync(stop: stop.Token));
        exception.Message.ShouldContain("'x' is locked by another process");
        exception.Message.ShouldContain("what is committed stays");
        _wrapLedger = static ledger => ledger;
        (await RunAsync()).Accounting.Pending.ShouldBe(0);
        await VerifyAsync();
    }

    [Theory]
    [InlineData(nameof(IVectorSink.EnsureCollectionAsync))]
    [InlineData(nameof(IVectorSink.ListIdsAsync))]
    [InlineData(nameof(IVectorSink.MakeVisibleAsync))]
    [InlineData(nameof(IVectorSink.DeleteAsync))]
    [InlineData(nameof(IVectorSink.DeleteDocumentsAsync))]
    [InlineData(nameof(IVectorSink.RelocateAsync))]
    public async Task Run_DatabaseAwayForAWhileAtAnyCall_WaitsAndSaysSo(string call)
    {
        await RunAsync();
        Write("d03.md", Moved);
        Write("d04.md", "# Document 4\n\nNow it speaks of weirs and mills instead.\n");
        File.Delete(Path.Combine(_corpus, "d05.md"));
        await using (var ledger = await OpenLedgerAsync())
        {
            await using var sink = OpenSink();
            await ledger.DoubtAsync(sink.Name, [.. (await ledger.ListDocumentsAsync(sink.Name, null, 2, CancellationToken.None)).Select(static document => (document.Listed.Id, document.Generation))], CancellationToken.None);
        }

        var calls = 0;
        _wrapSink = sink => Tripwire.Around(sink, name => name == call && Interlocked.Increment(ref calls) <= 12 ? new TransientException("it restarts") : null);
        var told = new List<string>();
        var report = await RunAsync(told: told);
        (report.Accounting.Indexed, report.Accounting.Pending, report.Removed).ShouldBe((2, 0, 1));
        told.ShouldContain(static text => text.Contains("(it restarts)", StringComparison.Ordinal));
        await VerifyAsync();
    }

    private static Exception Make(Type type) =>
        type == typeof(StorageException) ? new StorageException("it is broken")
        : type == typeof(RequestRefusedException) ? new RequestRefusedException("it refuses (400)")
        : type == typeof(RequestTooLargeException) ? new RequestTooLargeException("it refuses (413)")
        : new InvalidOperationException("it answers nonsense");

    private async Task<int?> PlaceOfLocksAsync()
    {
        await using var sink = OpenSink();
        var hits = await sink.SearchAsync(new SearchQuery("document 3 locks", null, SearchMode.FullText, 50), CancellationToken.None);
        return hits.Where(static hit => hit.Uri.EndsWith("d03.md", StringComparison.Ordinal) && hit.Text.Contains("locks", StringComparison.Ordinal)).ShouldHaveSingleItem().Place.Line;
    }
}
