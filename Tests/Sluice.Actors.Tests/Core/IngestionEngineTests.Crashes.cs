using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;
using Sluice.TestKit;

namespace Sluice.Actors.Tests.Core;

/// <content>Runs that break between two steps of a removal, and what the run after them makes of it.</content>
public sealed partial class IngestionEngineTests
{
    private static readonly HashSet<string> s_writes =
    [
        nameof(IVectorSink.UpsertAsync), nameof(IVectorSink.DeleteAsync), nameof(IVectorSink.DeleteDocumentsAsync), nameof(ILedger.BeginAsync), nameof(ILedger.RecordChunksAsync),
        nameof(ILedger.RemoveChunksAsync), nameof(ILedger.CompleteAsync), nameof(ILedger.RemoveDocumentsAsync), nameof(ILedger.EndWalkAsync),
    ];

    [Theory]
    [InlineData(nameof(ILedger.RemoveChunksAsync), 1)]
    [InlineData(nameof(ILedger.RemoveChunksAsync), 4)]
    [InlineData(nameof(IVectorSink.DeleteDocumentsAsync), 1)]
    [InlineData(nameof(ILedger.RemoveDocumentsAsync), 1)]
    public async Task Run_BrokenWhilePruningAndTheFilesAreBack_HoldsAllChunks(string brokenBefore, int call)
    {
        await RunAsync();
        var before = await IdsAsync();
        var away = Directory.CreateDirectory(_scratch.File("away")).FullName;
        MoveFiles(_corpus, away, 10);
        BreakBefore(brokenBefore, call);
        (await Should.ThrowAsync<StorageException>(RunAsync())).Message.ShouldBe("the process ends here");
        Mend();
        MoveFiles(away, _corpus, 10);

        var report = await RunAsync();
        report.Accounting.Balances.ShouldBeTrue();
        report.Accounting.Pending.ShouldBe(0);
        (await IdsAsync()).ShouldBe(before, ignoreOrder: true);
        await VerifyAsync();
    }

    [Theory]
    [InlineData(nameof(ILedger.RemoveChunksAsync))]
    [InlineData(nameof(IVectorSink.DeleteDocumentsAsync))]
    [InlineData(nameof(ILedger.RemoveDocumentsAsync))]
    public async Task Run_BrokenWhilePruningAndTheFilesStayAway_RemovesThem(string brokenBefore)
    {
        await RunAsync();
        MoveFiles(_corpus, Directory.CreateDirectory(_scratch.File("away")).FullName, 10);
        BreakBefore(brokenBefore, 1);
        await Should.ThrowAsync<StorageException>(RunAsync());
        Mend();
        (await RunAsync()).Removed.ShouldBe(10);
        (await IdsAsync()).Count.ShouldBe(4);
        await VerifyAsync();
    }

    [Theory]
    [InlineData(nameof(ILedger.RemoveChunksAsync))]
    [InlineData(nameof(IVectorSink.DeleteDocumentsAsync))]
    [InlineData(nameof(ILedger.CompleteAsync))]
    public async Task Run_BrokenWhileRejectingADocumentThatIsReadableAgain_HoldsItsChunks(string brokenBefore)
    {
        await RunAsync();
        var before = await IdsAsync();
        File.SetLastWriteTimeUtc(Path.Combine(_corpus, "d03.md"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        _wrapSource = static source => Tripwire.Around(source, static method => method == nameof(IDocumentSource.OpenAsync) ? new DocumentRejectedException(Rejection.Skip(Reasons.TooLarge, "above the limit")) : null);
        BreakBefore(brokenBefore, 1);
        await Should.ThrowAsync<StorageException>(RunAsync());
        Mend();

        (await RunAsync()).Accounting.Balances.ShouldBeTrue();
        (await IdsAsync()).ShouldBe(before, ignoreOrder: true);
        await VerifyAsync();
    }

    [Fact]
    public async Task Run_ChunksInDoubtAreLost_EmbedsThemInTheSameRun()
    {
        BreakBefore(nameof(ILedger.CompleteAsync), 1);
        await Should.ThrowAsync<StorageException>(RunAsync());
        Mend();
        await using (var sink = OpenSink())
        await using (var ledger = await OpenLedgerAsync())
        {
            var recorded = new List<ChunkId>();
            foreach (var document in await ledger.ListDocumentsAsync(sink.Name, null, 100, CancellationToken.None))
            {
                recorded.AddRange(await ledger.ListChunksAsync(sink.Name, document.Listed.Id, null, 100, CancellationToken.None));
            }

            await sink.DeleteAsync([recorded[0]], CancellationToken.None);
        }

        var report = await RunAsync();
        report.Accounting.Pending.ShouldBe(0);
        report.Accounting.Indexed.ShouldBe(12);
        report.Warnings.ShouldBeEmpty();
        (await IdsAsync()).Count.ShouldBe(24);
        await VerifyAsync();
    }

    /// <summary>Some databases show what they committed only a while later: until they do, nothing may be taken for lost or for an orphan.</summary>
    [Fact]
    public async Task Run_DocumentsInDoubt_AreComparedWhenTheDatabaseShowsAllItHolds()
    {
        BreakBefore(nameof(ILedger.CompleteAsync), 1);
        await Should.ThrowAsync<StorageException>(RunAsync());
        Mend();
        var calls = new List<string>();
        _wrapSink = sink => Tripwire.Around(sink, method =>
        {
            lock (calls)
            {
                calls.Add(method);
            }

            return null;
        });
        await RunAsync();
        calls.ShouldContain(nameof(IVectorSink.ListIdsAsync));
        calls.IndexOf(nameof(IVectorSink.MakeVisibleAsync)).ShouldBeInRange(0, calls.IndexOf(nameof(IVectorSink.ListIdsAsync)));
    }

    private static void MoveFiles(string from, string to, int count)
    {
        foreach (var file in Directory.GetFiles(from).Order(StringComparer.Ordinal).Take(count))
        {
            File.Move(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    /// <summary>Breaks the next run before a call of its sink or ledger, and before everything that would come after it.</summary>
    private void BreakBefore(string name, int call)
    {
        var calls = 0;
        var broken = false;
        Exception? Trip(string method)
        {
            if (method == name && Interlocked.Increment(ref calls) >= call)
            {
                Volatile.Write(ref broken, true);
            }

            return Volatile.Read(ref broken) && s_writes.Contains(method) ? new StorageException("the process ends here") : null;
        }

        _wrapSink = sink => Tripwire.Around(sink, Trip);
        _wrapLedger = ledger => Tripwire.Around(ledger, Trip);
    }

    private void Mend()
    {
        _wrapSink = static sink => sink;
        _wrapLedger = static ledger => ledger;
        _wrapSource = static source => source;
    }
}
