using Akka.Actor;
using Sluice.Actors.Core;
using Sluice.Actors.Core.Partitions;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Flows;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;
using Sluice.TestKit;
using Sluice.TestKit.Conformance;

namespace Sluice.Actors.Tests.Core;

/// <summary>What a process leaves that ends a document and is killed right after.</summary>
public sealed class DocumentFinisherTests : IAsyncLifetime
{
    private static readonly CancellationToken s_none = CancellationToken.None;
    private readonly ScratchFolder _scratch = new();
    private readonly ListedDocument _listed = new("file:///docs/a", 1, DateTimeOffset.UnixEpoch);
    private ILedger _ledger = null!;

    public async Task InitializeAsync()
    {
        _ledger = Sluice.Actors.Ledgers.Ledgers.Open($"sqlite:{_scratch.File("ledger.db")}", TimeProvider.System);
        await _ledger.InitializeAsync(s_none);
    }

    public async Task DisposeAsync()
    {
        await _ledger.DisposeAsync();
        _scratch.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FinishAsync_KilledRightAfterCompleting_LeavesTheDoubt(bool rejected)
    {
        var walk = await _ledger.BeginWalkAsync(new WalkSpec(SourceScope.Prefix("file:///docs/"), "sink:", "c"), resume: false, s_none);
        await _ledger.AddListingAsync(walk, new ListingPage([_listed], null), s_none);
        await _ledger.BeginAsync(walk, [(_listed.Id, 1)], s_none);
        var pending = new PendingDocument(_listed, 0, null, Interrupted: false) { EarlierChunks = rejected ? 1 : 0 };
        var progress = new DocumentProgress(1) { Read = new DocumentRead(pending, 1, Groups: 1, Kept: 0, ChunkCount: rejected ? 0 : 1) { Begun = true } };
        if (!rejected)
        {
            progress.Failures.Add(new ChunkFailure(SinkSamples.Record(_listed.Uri, "text", 1).Chunk, Rejection.Dead(Reasons.RefusedBySink, "no")));
        }

        // Nothing else of the ledger answers any more once the document is settled.
        var killed = false;
        var ledger = Tripwire.Around(_ledger, method =>
        {
            var exception = killed ? new IOException("killed") : null;
            killed |= method == nameof(ILedger.CompleteAsync);
            return exception;
        });
        var finisher = new DocumentFinisher(ledger, ActorRefs.Nobody, walk, new IngestionMeters(new PipelineOptions()), TimeProvider.System);
        await Record.ExceptionAsync(() => finisher.FinishAsync(progress, rejected ? Rejection.Dead(Reasons.Corrupt, "broken") : null, 1, [], s_none));

        (await _ledger.AccountAsync(walk, s_none)).Pending.ShouldBe(0);
        (await _ledger.ListUnconfirmedAsync(walk, 10, s_none)).Single().Listed.ShouldBe(_listed);
    }
}
