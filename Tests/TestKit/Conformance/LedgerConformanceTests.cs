using Shouldly;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Xunit;

namespace Sluice.TestKit.Conformance;

/// <summary>What every ledger must do. A database's tests derive from this and say how to open it.</summary>
public abstract partial class LedgerConformanceTests : IAsyncLifetime
{
    protected const string SinkName = "sqlite:/somewhere/else.db?collection=chunks";
    protected const string Scope = "file:///docs/";
    protected static readonly SlotRange AllSlots = new(0, DocumentId.SlotCount);
    protected static readonly WalkSpec Spec = new(SourceScope.Prefix(Scope), SinkName, "config-1");
    private static readonly HashSet<DocumentId> s_nothing = [];

    private ILedger? _ledger;

    protected static CancellationToken None => CancellationToken.None;

    protected ILedger Ledger => _ledger ?? throw new InvalidOperationException("not open");

    /// <summary>Opens the same unique ledger, empty the first time, each time it is called within one test.</summary>
    protected abstract ILedger Open();

    public virtual async Task InitializeAsync()
    {
        _ledger = Open();
        await _ledger.InitializeAsync(None);
    }

    public virtual async Task DisposeAsync() => await Ledger.DisposeAsync();

    protected async Task ReopenAsync()
    {
        await Ledger.DisposeAsync();
        await InitializeAsync();
    }

    protected static ListedDocument Doc(string name, int version = 1, Rejection? problem = null) =>
        new($"{Scope}{name}", 100 + version, new DateTimeOffset(2024, 1, 1, 0, 0, version, TimeSpan.Zero), Problem: problem);

    protected static ChunkId ChunkOf(ListedDocument document, int number) => ChunkId.Create(document.Id, $"chunk {number}", 0);

    protected Task<Walk> WalkAsync(WalkSpec? spec = null) => Ledger.BeginWalkAsync(spec ?? Spec, resume: false, None);

    /// <summary>Begins a walk and lists these documents, all of them.</summary>
    protected Task<Walk> ListAsync(params ListedDocument[] documents) => ListPageAsync(Spec, documents);

    /// <summary>The same for another scope.</summary>
    protected async Task<Walk> ListPageAsync(WalkSpec spec, params ListedDocument[] documents)
    {
        var walk = await WalkAsync(spec);
        await Ledger.AddListingAsync(walk, new ListingPage(documents, null), None);
        return walk;
    }

    protected Task<IReadOnlyList<PendingDocument>> PendingAsync(Walk walk) => Ledger.ListPendingAsync(walk, AllSlots, s_nothing, 1000, None);

    /// <summary>Processes all that is pending: each document gets this many chunks.</summary>
    protected async Task ProcessAsync(Walk walk, int chunks = 2, string hash = "hash of ")
    {
        foreach (var pending in await PendingAsync(walk))
        {
            var generation = pending.Generation + 1;
            await Ledger.BeginAsync(walk, [(pending.Id, generation)], None);
            await StoreAsync(walk, pending.Listed, generation, chunks);
            await CompleteAsync(walk, pending.Listed, generation, DocumentState.Indexed, chunks, hash + pending.Listed.Uri + pending.Listed.Length);
        }
    }

    /// <summary>Records chunks of a generation, which is begun where it was not.</summary>
    protected async Task StoreAsync(Walk walk, ListedDocument document, long generation, int chunks, int first = 0)
    {
        await Ledger.BeginAsync(walk, [(document.Id, generation)], None);
        await RecordAsync(walk, document, generation, chunks, first);
    }

    protected Task<IReadOnlySet<DocumentId>> RecordAsync(Walk walk, ListedDocument document, long generation, int chunks, int first = 0) => Ledger.RecordChunksAsync(
        walk,
        [new StoredChunks(document.Id, generation, [.. Enumerable.Range(first, chunks).Select(i => new LedgerChunk(ChunkOf(document, i), i * 1000L))])],
        None);

    /// <summary>Completes a document; its generation is begun, and its chunks are recorded, where they were not.</summary>
    protected async Task CompleteAsync(
        Walk walk, ListedDocument document, long generation, DocumentState state, long chunks = 0, string? hash = null, bool unchanged = false, Rejection? rejection = null)
    {
        if (!unchanged)
        {
            await Ledger.BeginAsync(walk, [(document.Id, generation)], None);
            await RecordAsync(walk, document, generation, state == DocumentState.Indexed ? (int)chunks : 0);
        }

        await Ledger.CompleteAsync(walk, [new DocumentOutcome(document.Id, generation, state) { ChunkCount = chunks, ContentHash = hash, Unchanged = unchanged, Rejection = rejection }], None);
    }

    protected async Task<Accounting> AccountAsync(Walk walk)
    {
        var accounting = await Ledger.AccountAsync(walk, None);
        accounting.Balances.ShouldBeTrue();
        return accounting;
    }

    protected async Task<LedgerDocument> FindAsync(ListedDocument document) =>
        (await Ledger.ListDocumentsAsync(SinkName, null, 1000, None)).Single(found => found.Listed.Id == document.Id);

    protected async Task<List<ChunkId>> ChunksAsync(ListedDocument document) => [.. await Ledger.ListChunksAsync(SinkName, document.Id, null, 10_000, None)];

    [Fact]
    public async Task InitializeAsync_Twice_KeepsWhatIsThere()
    {
        await ListAsync(Doc("a"));
        await Ledger.InitializeAsync(None);
        (await Ledger.ListDocumentsAsync(SinkName, null, 10, None)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Reads_UnknownSink_AreEmpty()
    {
        (await Ledger.SummarizeAsync("none", None)).ShouldBeEmpty();
        (await Ledger.ListDocumentsAsync("none", null, 10, None)).ShouldBeEmpty();
        (await Ledger.ListDeadLettersAsync("none", 0, 10, None)).ShouldBeEmpty();
        (await Ledger.CountOutdatedAsync(Spec with { Sink = "none" }, None)).ShouldBe(0);
        (await Ledger.DropAsync("none", null, None)).ShouldBe(0);
        (await Ledger.ReplayAsync("none", null, None)).ShouldBeEmpty();
        (await Ledger.GetEpochAsync("none", None)).ShouldBe(0);
        (await Ledger.ForgetSinkAsync("none", 0, None)).ShouldBeTrue();
        (await Ledger.RequeueAsync("none", [(Doc("a").Id, 0)], None)).ShouldBeEmpty();
        (await Ledger.DoubtAsync("none", [(Doc("a").Id, 0)], None)).ShouldBeEmpty();
        (await Ledger.FindDocumentsAsync("none", [Doc("a").Id], None)).ShouldBeEmpty();
        (await Ledger.ListRemovalsAsync("none", 10, None)).ShouldBeEmpty();
        (await Ledger.CountRemovedAsync(new Walk(1, Spec with { Sink = "none" }, null), None)).ShouldBe(default);
    }

    [Fact]
    public async Task AcquireAsync_Held_SaysWhoHoldsItUntilReleased()
    {
        await using var second = Open();
        var lease = await Ledger.AcquireAsync(new LeaseRequest("sluice ingest docs"), None);
        var exception = await Should.ThrowAsync<LedgerHeldException>(() => second.AcquireAsync(new LeaseRequest("other"), None));
        exception.Message.ShouldContain("sluice ingest docs");
        exception.Message.ShouldContain(Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture));
        exception.Message.ShouldContain(Environment.MachineName);

        await lease.DisposeAsync();
        await lease.DisposeAsync();
        await using var taken = await second.AcquireAsync(new LeaseRequest("other"), None);
        (await Should.ThrowAsync<LedgerHeldException>(() => Ledger.AcquireAsync(new LeaseRequest("third"), None))).Message.ShouldContain("other");
    }

    [Fact]
    public async Task Everything_AtOnceFromManyPartitions_LosesNothing()
    {
        var documents = Enumerable.Range(0, 240).Select(static i => Doc($"{i}")).ToArray();
        var walk = await ListAsync(documents);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async partition =>
        {
            foreach (var pending in await Ledger.ListPendingAsync(walk, SlotRange.OfPartition(partition, 8), s_nothing, 1000, None))
            {
                await Ledger.BeginAsync(walk, [(pending.Id, 1)], None);
                await StoreAsync(walk, pending.Listed, 1, 3);
                await CompleteAsync(walk, pending.Listed, 1, DocumentState.Indexed, 3, "h");
            }
        }));
        (await AccountAsync(walk)).Indexed.ShouldBe(240);
        (await Ledger.SummarizeAsync(SinkName, None)).Single().Chunks.ShouldBe(720);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task RandomOperations_AgainstAModel_Agree(int seed)
    {
        var model = new LedgerModel(Ledger, seed);
        for (var step = 0; step < 250; step++)
        {
            await model.StepAsync();
            if (step % 60 == 59)
            {
                await ReopenAsync();
                model.Ledger = Ledger;
            }
        }
    }
}
