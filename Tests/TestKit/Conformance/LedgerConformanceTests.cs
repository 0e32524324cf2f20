using Shouldly;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Xunit;

namespace Sluice.TestKit.Conformance;

/// <summary>What every ledger must do. A database's tests derive from this and say how to open it.</summary>
public abstract class LedgerConformanceTests : IAsyncLifetime
{
    protected const string SinkName = "sqlite:/somewhere/else.db?collection=chunks";
    protected const string Scope = "file:///docs/";
    protected static readonly SlotRange AllSlots = new(0, DocumentId.SlotCount);
    protected static readonly WalkSpec Spec = new(Scope, SinkName, "config-1");
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
    protected async Task<Walk> ListAsync(params ListedDocument[] documents)
    {
        var walk = await WalkAsync();
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

    protected Task StoreAsync(Walk walk, ListedDocument document, long generation, int chunks, int first = 0) => Ledger.RecordChunksAsync(
        walk,
        [new StoredChunks(document.Id, generation, [.. Enumerable.Range(first, chunks).Select(i => new LedgerChunk(ChunkOf(document, i), i * 1000L))])],
        None);

    protected Task CompleteAsync(Walk walk, ListedDocument document, long generation, DocumentState state, long chunks = 0, string? hash = null, bool unchanged = false, Rejection? rejection = null) =>
        Ledger.CompleteAsync(walk, [new DocumentOutcome(document.Id, generation, state) { ChunkCount = chunks, ContentHash = hash, Unchanged = unchanged, Rejection = rejection }], None);

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
        await Ledger.ForgetSinkAsync("none", None);
        await Ledger.RequeueAsync("none", [Doc("a").Id], None);
        await Ledger.RemoveDocumentsAsync("none", [Doc("a").Id], None);
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
    public async Task AddListingAsync_NewDocuments_ArePendingOnce()
    {
        var walk = await WalkAsync();
        (await Ledger.AddListingAsync(walk, new ListingPage([Doc("a"), Doc("b"), Doc("a")], "page2"), None)).ShouldBe(3);
        (await Ledger.AddListingAsync(walk, new ListingPage([Doc("c"), Doc("b")], null), None)).ShouldBe(2);

        var pending = await PendingAsync(walk);
        pending.Select(static document => document.Listed).ShouldBe([Doc("a"), Doc("b"), Doc("c")], ignoreOrder: true);
        pending.ShouldAllBe(static document => document.Generation == 0 && document.ContentHash == null && !document.Interrupted);
        (await AccountAsync(walk)).ShouldSatisfyAllConditions(static a => a.Discovered.ShouldBe(3), static a => a.Pending.ShouldBe(3));
    }

    [Fact]
    public async Task AddListingAsync_ListedAgainTheSame_IsUnchanged()
    {
        await ProcessAsync(await ListAsync(Doc("a"), Doc("b")));
        var walk = await WalkAsync();
        (await Ledger.AddListingAsync(walk, new ListingPage([Doc("a"), Doc("b")], null), None)).ShouldBe(0);
        (await PendingAsync(walk)).ShouldBeEmpty();
        (await AccountAsync(walk)).Unchanged.ShouldBe(2);
    }

    [Theory]
    [InlineData("length")]
    [InlineData("modified")]
    [InlineData("unknown")]
    public async Task AddListingAsync_ListedDifferently_IsPendingWithItsHash(string what)
    {
        await ProcessAsync(await ListAsync(Doc("a")));
        var now = what switch
        {
            "length" => Doc("a") with { Length = 7 },
            "modified" => Doc("a") with { Modified = Doc("a").Modified!.Value.AddTicks(1) },
            _ => Doc("a") with { Length = null, Modified = null },
        };
        var walk = await ListAsync(now);
        var pending = (await PendingAsync(walk)).Single();
        (pending.Listed.Length, pending.Listed.Modified, pending.Generation).ShouldBe((now.Length, now.Modified, 1));
        pending.ContentHash.ShouldBe("hash of file:///docs/a101");
    }

    [Fact]
    public async Task AddListingAsync_VersionMark_DecidesAlone()
    {
        var marked = Doc("a") with { Version = "etag-1" };
        await ProcessAsync(await ListAsync(marked));
        (await PendingAsync(await ListAsync(marked with { Modified = DateTimeOffset.UnixEpoch, Length = 5 }))).ShouldBeEmpty();
        (await PendingAsync(await ListAsync(marked with { Version = "etag-2" }))).Count.ShouldBe(1);
    }

    [Fact]
    public async Task AddListingAsync_OtherConfiguration_IsPendingWithoutHash()
    {
        await ProcessAsync(await ListAsync(Doc("a"), Doc("b")));
        var other = Spec with { Configuration = "config-2" };
        (await Ledger.CountOutdatedAsync(other, None)).ShouldBe(2);
        (await Ledger.CountOutdatedAsync(Spec, None)).ShouldBe(0);

        var walk = await WalkAsync(other);
        (await Ledger.AddListingAsync(walk, new ListingPage([Doc("a"), Doc("b")], null), None)).ShouldBe(2);
        (await PendingAsync(walk)).ShouldAllBe(static document => document.ContentHash == null && document.Generation == 1);
        (await Ledger.CountOutdatedAsync(other, None)).ShouldBe(2);
        await ProcessAsync(walk);
        (await Ledger.CountOutdatedAsync(other, None)).ShouldBe(0);
        (await AccountAsync(walk)).Indexed.ShouldBe(2);
    }

    [Theory]
    [InlineData(Verdict.Skipped)]
    [InlineData(Verdict.Dead)]
    public async Task AddListingAsync_Problem_SettlesAtOnceAndEndsWithIt(Verdict verdict)
    {
        var problem = new Rejection(verdict, Reasons.Unreadable, "may not be read");
        await ProcessAsync(await ListAsync(Doc("a")));
        for (var round = 0; round < 2; round++)
        {
            var walk = await ListAsync(Doc("a", problem: problem), Doc("new", problem: problem));
            (await PendingAsync(walk)).ShouldBeEmpty();
            var accounting = await AccountAsync(walk);
            (verdict == Verdict.Dead ? accounting.Dead : accounting.Skipped)[Reasons.Unreadable].ShouldBe(2);
            (await Ledger.ListDeadLettersAsync(SinkName, 0, 10, None)).Count.ShouldBe(verdict == Verdict.Dead ? 2 : 0);
            (await FindAsync(Doc("a"))).Rejection.ShouldBe(problem);
        }

        (await ChunksAsync(Doc("a"))).Count.ShouldBe(2);
        var readable = await ListAsync(Doc("a"), Doc("new"));
        (await PendingAsync(readable)).Count.ShouldBe(2);
        await ProcessAsync(readable);
        (await Ledger.ListDeadLettersAsync(SinkName, 0, 10, None)).ShouldBeEmpty();
        (await FindAsync(Doc("a"))).Rejection.ShouldBeNull();
    }

    [Fact]
    public async Task AddListingAsync_ProblemWithInterrupted_RemembersTheInterruption()
    {
        var walk = await ListAsync(Doc("a"));
        await Ledger.BeginAsync(walk, [(Doc("a").Id, 1)], None);
        await ListAsync(Doc("a", problem: Rejection.Dead(Reasons.Unreadable, "may not be read")));
        var pending = (await PendingAsync(await ListAsync(Doc("a")))).Single();
        pending.Interrupted.ShouldBeTrue();
        pending.Generation.ShouldBe(1);
    }

    [Fact]
    public async Task AddListingAsync_SkippedAndDeadListedTheSame_StaySettled()
    {
        var walk = await ListAsync(Doc("skipped"), Doc("dead"));
        await CompleteAsync(walk, Doc("skipped"), 1, DocumentState.Skipped, rejection: Rejection.Skip(Reasons.Empty, "no text"));
        await CompleteAsync(walk, Doc("dead"), 1, DocumentState.Dead, rejection: Rejection.Dead(Reasons.Corrupt, "broken"));
        var next = await ListAsync(Doc("skipped"), Doc("dead"));
        (await PendingAsync(next)).ShouldBeEmpty();
        var accounting = await AccountAsync(next);
        accounting.Skipped[Reasons.Empty].ShouldBe(1);
        accounting.Dead[Reasons.Corrupt].ShouldBe(1);
        (await PendingAsync(await ListAsync(Doc("skipped", 2), Doc("dead", 2)))).ShouldAllBe(static document => document.ContentHash == null);
    }

    [Fact]
    public async Task ListPendingAsync_SlotsLimitAndExclude_AreKept()
    {
        var documents = Enumerable.Range(0, 200).Select(static i => Doc($"{i}")).ToArray();
        var walk = await ListAsync(documents);
        var seen = new HashSet<DocumentId>();
        for (var partition = 0; partition < 5; partition++)
        {
            var slots = SlotRange.OfPartition(partition, 5);
            var inHand = new HashSet<DocumentId>();
            IReadOnlyList<PendingDocument> page;
            while ((page = await Ledger.ListPendingAsync(walk, slots, inHand, 7, None)).Count > 0)
            {
                page.Count.ShouldBeLessThanOrEqualTo(7);
                page.ShouldBe(await Ledger.ListPendingAsync(walk, slots, inHand, 7, None));
                foreach (var document in page)
                {
                    document.Id.Slot.ShouldBeInRange(slots.Start, slots.End - 1);
                    inHand.Add(document.Id).ShouldBeTrue();
                    seen.Add(document.Id).ShouldBeTrue();
                }
            }
        }

        seen.Count.ShouldBe(200);
    }

    [Fact]
    public async Task ListPendingAsync_PendingOfAnEarlierWalk_WaitsUntilListedAgain()
    {
        await ListAsync(Doc("a"), Doc("b"));
        var walk = await WalkAsync();
        await Ledger.AddListingAsync(walk, new ListingPage([Doc("a")], "next"), None);
        (await PendingAsync(walk)).Single().Listed.ShouldBe(Doc("a"));
    }

    [Fact]
    public async Task BeginAsync_ThenCrash_IsInterrupted()
    {
        await ProcessAsync(await ListAsync(Doc("a")));
        var walk = await ListAsync(Doc("a", 2));
        await Ledger.BeginAsync(walk, [(Doc("a").Id, 2)], None);
        await StoreAsync(walk, Doc("a"), 2, 1, 10);
        await ReopenAsync();

        // Back to the first content: its hash must not prove it unchanged, the sink holds parts of the second.
        var next = await ListAsync(Doc("a"));
        var pending = (await PendingAsync(next)).Single();
        (pending.Interrupted, pending.ContentHash, pending.Generation).ShouldBe((true, null, 2L));
        (await AccountAsync(next)).Pending.ShouldBe(1);
        (await FindAsync(Doc("a"))).State.ShouldBe(DocumentState.Processing);
        await ProcessAsync(next);
        (await PendingAsync(await ListAsync(Doc("a")))).ShouldBeEmpty();
    }

    [Fact]
    public async Task BeginWalkAsync_Resume_GoesOnAtTheCursor()
    {
        var walk = await WalkAsync();
        await Ledger.AddListingAsync(walk, new ListingPage([Doc("a")], "after a"), None);
        await ReopenAsync();
        var resumed = await Ledger.BeginWalkAsync(Spec, resume: true, None);
        resumed.ShouldBe(walk with { Cursor = "after a" });
        await Ledger.AddListingAsync(resumed, new ListingPage([Doc("b")], null), None);
        (await PendingAsync(resumed)).Count.ShouldBe(2);
        (await Ledger.ListRemovedAsync(resumed, 10, None)).ShouldBeEmpty();
        (await Ledger.BeginWalkAsync(Spec, resume: true, None)).ShouldBe(walk with { Cursor = null });
    }

    [Fact]
    public async Task BeginWalkAsync_ResumeWithNothingToResume_BeginsAnew()
    {
        var first = await Ledger.BeginWalkAsync(Spec, resume: true, None);
        await Ledger.EndWalkAsync(first, None);
        var second = await Ledger.BeginWalkAsync(Spec, resume: true, None);
        second.Id.ShouldBeGreaterThan(first.Id);
        (await Ledger.BeginWalkAsync(Spec with { Configuration = "config-2" }, resume: true, None)).Id.ShouldBeGreaterThan(second.Id);
        (await Ledger.BeginWalkAsync(Spec, resume: true, None)).Id.ShouldBeGreaterThan(second.Id + 1, "a later walk of that scope took over");
        (await Ledger.BeginWalkAsync(Spec, resume: false, None)).Cursor.ShouldBeNull();
    }

    [Fact]
    public async Task BeginWalkAsync_ResumeAfterOverlappingWalk_BeginsAnew()
    {
        var wide = await WalkAsync();
        await Ledger.AddListingAsync(wide, new ListingPage([Doc("sub/a")], "on"), None);
        var narrow = await WalkAsync(Spec with { Scope = Scope + "sub/" });
        await Ledger.AddListingAsync(narrow, new ListingPage([Doc("sub/a")], null), None);
        await Ledger.EndWalkAsync(narrow, None);
        (await Ledger.BeginWalkAsync(Spec, resume: true, None)).Id.ShouldBeGreaterThan(narrow.Id);
    }

    [Fact]
    public async Task FindChunksAsync_SomeRecorded_ReturnsThose()
    {
        var walk = await ListAsync(Doc("a"), Doc("b"));
        await StoreAsync(walk, Doc("a"), 1, 3);
        var found = await Ledger.FindChunksAsync(SinkName, Doc("a").Id, [ChunkOf(Doc("a"), 1), ChunkOf(Doc("a"), 2), ChunkOf(Doc("a"), 9)], None);
        found.ShouldBe([new LedgerChunk(ChunkOf(Doc("a"), 1), 1000), new LedgerChunk(ChunkOf(Doc("a"), 2), 2000)], ignoreOrder: true);
        (await Ledger.FindChunksAsync(SinkName, Doc("b").Id, [ChunkOf(Doc("a"), 1)], None)).ShouldBeEmpty();
        (await Ledger.FindChunksAsync("other", Doc("a").Id, [ChunkOf(Doc("a"), 1)], None)).ShouldBeEmpty();
        (await Ledger.FindChunksAsync(SinkName, Doc("a").Id, [], None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task RecordChunksAsync_AgainInANewGeneration_KeepsOneRowWithTheNewPlace()
    {
        var walk = await ListAsync(Doc("a"));
        await StoreAsync(walk, Doc("a"), 1, 2);
        await Ledger.RecordChunksAsync(walk, [new StoredChunks(Doc("a").Id, 2, [new LedgerChunk(ChunkOf(Doc("a"), 1), -77)])], None);
        (await ChunksAsync(Doc("a"))).Count.ShouldBe(2);
        (await Ledger.FindChunksAsync(SinkName, Doc("a").Id, [ChunkOf(Doc("a"), 1)], None)).Single().PlaceHash.ShouldBe(-77);
        (await Ledger.ListStaleChunksAsync(SinkName, Doc("a").Id, 2, 10, None)).ShouldBe([ChunkOf(Doc("a"), 0)]);
        await Ledger.RecordChunksAsync(walk, [new StoredChunks(Doc("unknown").Id, 1, [new LedgerChunk(ChunkOf(Doc("a"), 1), 0)])], None);
        await Ledger.RecordChunksAsync(walk, [], None);
    }

    [Fact]
    public async Task ListStaleChunksAsync_InPages_ListsEachUntilRemoved()
    {
        var walk = await ListAsync(Doc("a"));
        await StoreAsync(walk, Doc("a"), 1, 250);
        await StoreAsync(walk, Doc("a"), 2, 100, 50);
        var removed = new HashSet<ChunkId>();
        IReadOnlyList<ChunkId> page;
        while ((page = await Ledger.ListStaleChunksAsync(SinkName, Doc("a").Id, 2, 40, None)).Count > 0)
        {
            page.Count.ShouldBeLessThanOrEqualTo(40);
            removed.UnionWith(page);
            await Ledger.RemoveChunksAsync(SinkName, Doc("a").Id, page, None);
        }

        removed.ShouldBe(Enumerable.Range(0, 50).Concat(Enumerable.Range(150, 100)).Select(static i => ChunkOf(Doc("a"), i)), ignoreOrder: true);
        (await ChunksAsync(Doc("a"))).ShouldBe(Enumerable.Range(50, 100).Select(static i => ChunkOf(Doc("a"), i)), ignoreOrder: true);
    }

    [Fact]
    public async Task ListStaleChunksAsync_NotRemoved_AreListedAgain()
    {
        var walk = await ListAsync(Doc("a"));
        await StoreAsync(walk, Doc("a"), 1, 100);
        var listed = new HashSet<ChunkId>();
        for (var i = 0; i < 5; i++)
        {
            (await Ledger.ListStaleChunksAsync(SinkName, Doc("a").Id, 2, 30, None)).Count.ShouldBe(30);
        }

        listed.UnionWith(await Ledger.ListStaleChunksAsync(SinkName, Doc("a").Id, 2, 1000, None));
        listed.Count.ShouldBe(100);
    }

    [Fact]
    public async Task ListChunksAsync_InPages_ListsEachOnceInOrder()
    {
        var walk = await ListAsync(Doc("a"));
        await StoreAsync(walk, Doc("a"), 1, 95);
        var all = new List<ChunkId>();
        IReadOnlyList<ChunkId> page;
        while ((page = await Ledger.ListChunksAsync(SinkName, Doc("a").Id, all.Count == 0 ? null : all[^1], 10, None)).Count > 0)
        {
            all.AddRange(page);
        }

        all.Count.ShouldBe(95);
        all.ShouldBe(all.OrderBy(static id => id.Value));
    }

    [Fact]
    public async Task ListDocumentsAsync_InPages_ListsEachOnceInOrder()
    {
        await ListAsync([.. Enumerable.Range(0, 57).Select(static i => Doc($"{i}"))]);
        var all = new List<LedgerDocument>();
        IReadOnlyList<LedgerDocument> page;
        while ((page = await Ledger.ListDocumentsAsync(SinkName, all.Count == 0 ? null : all[^1].Listed.Id, 10, None)).Count > 0)
        {
            all.AddRange(page);
        }

        all.Select(static document => document.Listed.Id).Distinct().Count().ShouldBe(57);
    }

    [Fact]
    public async Task FindTwinAsync_SameContent_FindsOnlyAnIndexedOneOfThisConfiguration()
    {
        var walk = await ListAsync(Doc("a"), Doc("b"), Doc("c"));
        await CompleteAsync(walk, Doc("a"), 1, DocumentState.Indexed, 2, "same");
        await CompleteAsync(walk, Doc("b"), 1, DocumentState.Dead, 0, "same", rejection: Rejection.Dead(Reasons.Corrupt, "broken"));
        (await Ledger.FindTwinAsync(walk, "same", Doc("c").Id, None)).ShouldBe(Doc("a").Id);
        (await Ledger.FindTwinAsync(walk, "same", Doc("a").Id, None)).ShouldBeNull();
        (await Ledger.FindTwinAsync(walk, "other", Doc("c").Id, None)).ShouldBeNull();
        (await Ledger.FindTwinAsync(await WalkAsync(Spec with { Configuration = "config-2" }), "same", Doc("c").Id, None)).ShouldBeNull();

        await Ledger.BeginAsync(walk, [(Doc("a").Id, 2)], None);
        (await Ledger.FindTwinAsync(walk, "same", Doc("c").Id, None)).ShouldBeNull("it is being processed anew");
    }

    [Fact]
    public async Task CompleteAsync_OlderGeneration_IsIgnored()
    {
        var walk = await ListAsync(Doc("a"));
        await Ledger.BeginAsync(walk, [(Doc("a").Id, 1)], None);
        await Ledger.BeginAsync(walk, [(Doc("a").Id, 2)], None);
        await CompleteAsync(walk, Doc("a"), 1, DocumentState.Indexed, 5, "old");
        (await FindAsync(Doc("a"))).State.ShouldBe(DocumentState.Processing);
        await CompleteAsync(walk, Doc("a"), 2, DocumentState.Indexed, 6, "new");
        (await FindAsync(Doc("a"))).ChunkCount.ShouldBe(6);
        await CompleteAsync(walk, Doc("unknown"), 2, DocumentState.Indexed, 6, "new");
        await Should.ThrowAsync<ArgumentException>(() => CompleteAsync(walk, Doc("a"), 2, DocumentState.Pending));
    }

    [Fact]
    public async Task CompleteAsync_ProvenUnchanged_CountsAsUnchangedAndKeepsTheNewListing()
    {
        await ProcessAsync(await ListAsync(Doc("a")));
        var walk = await ListAsync(Doc("a", 2));
        await CompleteAsync(walk, Doc("a"), 1, DocumentState.Indexed, hash: "hash of file:///docs/a101", unchanged: true);
        (await AccountAsync(walk)).ShouldSatisfyAllConditions(static a => a.Unchanged.ShouldBe(1), static a => a.Indexed.ShouldBe(0));
        (await FindAsync(Doc("a"))).ChunkCount.ShouldBe(2);
        (await PendingAsync(await ListAsync(Doc("a", 2)))).ShouldBeEmpty();
        (await PendingAsync(await ListAsync(Doc("a", 3)))).Single().ContentHash.ShouldBe("hash of file:///docs/a101");
    }

    [Fact]
    public async Task CompleteAsync_ChangedWhileWaiting_KeepsTheListingOfTheContent()
    {
        var walk = await ListAsync(Doc("a"));
        await Ledger.CompleteAsync(walk, [new DocumentOutcome(Doc("a").Id, 1, DocumentState.Indexed) { Listed = Doc("a", 9), ContentHash = "nine" }], None);
        (await PendingAsync(await ListAsync(Doc("a", 9)))).ShouldBeEmpty();
    }

    [Fact]
    public async Task AccountAsync_EveryKind_Balances()
    {
        await ProcessAsync(await ListAsync(Doc("same"), Doc("touched"), Doc("edited")));
        var walk = await ListAsync(Doc("same"), Doc("touched", 2), Doc("edited", 2), Doc("new"), Doc("empty"), Doc("broken"), Doc("waiting"), Doc("device", problem: Rejection.Skip(Reasons.NotAFile, "a device")));
        await CompleteAsync(walk, Doc("touched"), 1, DocumentState.Indexed, hash: "x", unchanged: true);
        await CompleteAsync(walk, Doc("edited"), 2, DocumentState.Indexed, 3, "y");
        await CompleteAsync(walk, Doc("new"), 1, DocumentState.Indexed, 3, "z");
        await CompleteAsync(walk, Doc("empty"), 1, DocumentState.Skipped, rejection: Rejection.Skip(Reasons.Empty, "no text"));
        await CompleteAsync(walk, Doc("broken"), 1, DocumentState.Dead, rejection: Rejection.Dead(Reasons.Corrupt, "broken"));
        var accounting = await AccountAsync(walk);
        (accounting.Discovered, accounting.Indexed, accounting.Unchanged, accounting.Pending).ShouldBe((8, 2, 2, 1));
        accounting.Skipped.ShouldBe(new Dictionary<string, long> { [Reasons.Empty] = 1, [Reasons.NotAFile] = 1 }, ignoreOrder: true);
        accounting.Dead.ShouldBe(new Dictionary<string, long> { [Reasons.Corrupt] = 1 });
        await ReopenAsync();
        (await Ledger.AccountAsync(walk, None)).Discovered.ShouldBe(8);
    }

    [Fact]
    public async Task ListRemovedAsync_GoneFromTheListing_AreListedUntilRemoved()
    {
        await ProcessAsync(await ListAsync([.. Enumerable.Range(0, 30).Select(static i => Doc($"{i:00}"))]));
        var walk = await ListAsync([.. Enumerable.Range(0, 10).Select(static i => Doc($"{i:00}"))]);
        var removed = new List<DocumentId>();
        IReadOnlyList<LedgerDocument> page;
        while ((page = await Ledger.ListRemovedAsync(walk, 7, None)).Count > 0)
        {
            var ids = page.Select(static document => document.Listed.Id).ToList();
            removed.AddRange(ids);
            await Ledger.RemoveDocumentsAsync(SinkName, ids, None);
        }

        removed.ShouldBe(Enumerable.Range(10, 20).Select(static i => Doc($"{i:00}").Id), ignoreOrder: true);
        (await Ledger.ListDocumentsAsync(SinkName, null, 100, None)).Count.ShouldBe(10);
        (await ChunksAsync(Doc("11"))).ShouldBeEmpty();
        (await ChunksAsync(Doc("01"))).Count.ShouldBe(2);
    }

    [Fact]
    public async Task ListRemovedAsync_ListingNotCompleteOrNotEnded_RemovesNothing()
    {
        await ProcessAsync(await ListAsync(Doc("a"), Doc("b")));
        var incomplete = await WalkAsync();
        await Ledger.AddListingAsync(incomplete, new ListingPage([], "more", Complete: false), None);
        (await Ledger.ListRemovedAsync(incomplete, 10, None)).ShouldBeEmpty();
        await Ledger.AddListingAsync(incomplete, new ListingPage([Doc("a")], null), None);
        (await Ledger.ListRemovedAsync(incomplete, 10, None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task ListRemovedAsync_OtherScopesAndSinks_AreLeftAlone()
    {
        var outside = new ListedDocument("file:///docs-other/x", 1, DateTimeOffset.UnixEpoch);
        var sibling = new ListedDocument("file:///docs", 1, DateTimeOffset.UnixEpoch);
        foreach (var spec in new[] { Spec with { Scope = "file:///docs-other/" }, Spec with { Scope = "file:///docs" }, Spec with { Sink = "other" } })
        {
            var other = await WalkAsync(spec);
            await Ledger.AddListingAsync(other, new ListingPage([spec.Sink == "other" ? Doc("gone") : spec.Scope.EndsWith('/') ? outside : sibling], null), None);
        }

        await ListAsync(Doc("gone"));
        var walk = await ListAsync(Doc("kept"));
        (await Ledger.ListRemovedAsync(walk, 10, None)).Single().Listed.Id.ShouldBe(Doc("gone").Id);
    }

    [Fact]
    public async Task ListRemovedAsync_DocumentOfANarrowerWalk_BelongsToTheWiderOneToo()
    {
        var narrow = await WalkAsync(Spec with { Scope = Scope + "one.txt" });
        await Ledger.AddListingAsync(narrow, new ListingPage([Doc("one.txt")], null), None);
        (await Ledger.ListRemovedAsync(await ListAsync(Doc("other")), 10, None)).Single().Listed.ShouldBe(Doc("one.txt"));
    }

    [Fact]
    public async Task RemoveDocumentsAsync_ManyChunksAndLetters_RemovesAll()
    {
        var walk = await ListAsync(Doc("big"), Doc("small"));
        for (var first = 0; first < 45_000; first += 9_000)
        {
            await StoreAsync(walk, Doc("big"), 1, 9_000, first);
        }

        await StoreAsync(walk, Doc("small"), 1, 3);
        await CompleteAsync(walk, Doc("big"), 1, DocumentState.Dead, rejection: Rejection.Dead(Reasons.Corrupt, "broken"));
        await Ledger.RemoveDocumentsAsync(SinkName, [Doc("big").Id, Doc("unknown").Id], None);
        (await Ledger.ListDocumentsAsync(SinkName, null, 10, None)).Single().Listed.ShouldBe(Doc("small"));
        (await Ledger.ListDeadLettersAsync(SinkName, 0, 10, None)).ShouldBeEmpty();
        (await ChunksAsync(Doc("big"))).ShouldBeEmpty();
        (await ChunksAsync(Doc("small"))).Count.ShouldBe(3);
    }

    [Fact]
    public async Task SummarizeAsync_Scopes_AreCountedEach()
    {
        var walk = await ListAsync(Doc("a"), Doc("b"), Doc("c"));
        await ProcessAsync(walk);
        await Ledger.EndWalkAsync(walk, None);
        var second = await WalkAsync(Spec with { Scope = "https://example.org/x", Configuration = "config-2" });
        await Ledger.AddListingAsync(second, new ListingPage([new ListedDocument("https://example.org/x")], null), None);

        var summaries = await Ledger.SummarizeAsync(SinkName, None);
        summaries.Select(static summary => summary.Scope).ShouldBe([Scope, "https://example.org/x"]);
        summaries[0].ShouldSatisfyAllConditions(
            static s => s.Documents.ShouldBe(new Dictionary<DocumentState, long> { [DocumentState.Indexed] = 3 }),
            static s => s.Chunks.ShouldBe(6),
            static s => s.Configuration.ShouldBe("config-1"),
            static s => s.LastWalkComplete.ShouldBeTrue());
        summaries[1].ShouldSatisfyAllConditions(
            static s => s.Documents.ShouldBe(new Dictionary<DocumentState, long> { [DocumentState.Pending] = 1 }),
            static s => s.Chunks.ShouldBe(0),
            static s => s.LastWalkComplete.ShouldBeFalse());
    }

    [Fact]
    public async Task ForgetSinkAsync_KnownSink_ForgetsItAlone()
    {
        var walk = await ListAsync(Doc("a"), Doc("b"));
        await ProcessAsync(walk);
        await CompleteAsync(walk, Doc("b"), 5, DocumentState.Dead, rejection: Rejection.Dead(Reasons.Corrupt, "broken"));
        var other = await WalkAsync(Spec with { Sink = "other" });
        await Ledger.AddListingAsync(other, new ListingPage([Doc("a")], null), None);

        await Ledger.ForgetSinkAsync(SinkName, None);
        (await Ledger.ListDocumentsAsync(SinkName, null, 10, None)).ShouldBeEmpty();
        (await Ledger.ListDeadLettersAsync(SinkName, 0, 10, None)).ShouldBeEmpty();
        (await Ledger.SummarizeAsync(SinkName, None)).ShouldBeEmpty();
        (await ChunksAsync(Doc("a"))).ShouldBeEmpty();
        (await Ledger.ListDocumentsAsync("other", null, 10, None)).Count.ShouldBe(1);
        var again = await ListAsync(Doc("a"));
        (await PendingAsync(again)).Single().ShouldBe(new PendingDocument(Doc("a"), 0, null, false));
    }

    [Fact]
    public async Task RequeueAsync_Indexed_StaysPendingWhenListedUnchanged()
    {
        await ProcessAsync(await ListAsync(Doc("a"), Doc("b")));
        await Ledger.RequeueAsync(SinkName, [Doc("a").Id, Doc("unknown").Id], None);
        var walk = await ListAsync(Doc("a"), Doc("b"));
        var pending = (await PendingAsync(walk)).Single();
        (pending.Listed, pending.ContentHash, pending.Generation).ShouldBe((Doc("a"), null, 1));
        (await Ledger.FindTwinAsync(walk, "hash of file:///docs/a101", Doc("b").Id, None)).ShouldBeNull("it lost chunks");
        await ProcessAsync(walk);
        (await AccountAsync(walk)).ShouldSatisfyAllConditions(static a => a.Indexed.ShouldBe(1), static a => a.Unchanged.ShouldBe(1));
        (await PendingAsync(await ListAsync(Doc("a"), Doc("b")))).ShouldBeEmpty();
    }

    [Fact]
    public async Task DeadLetters_OfChunks_AreKeptWithAllTheyTell()
    {
        var walk = await ListAsync(Doc("a"));
        var letter = new DeadLetter(0, Doc("a").Id, Doc("a").Uri, ChunkOf(Doc("a"), 1), new Place(3, 9) { Line = 4, Part = "Sheet ü" }, Reasons.EmbeddingFailed, "failed three times", 3, new DateTimeOffset(2025, 2, 3, 4, 5, 6, TimeSpan.Zero)) { Excerpt = "Once upon" };
        await Ledger.CompleteAsync(
            walk,
            [new DocumentOutcome(Doc("a").Id, 1, DocumentState.Dead) { Rejection = Rejection.Dead(Reasons.EmbeddingFailed, "one chunk"), DeadLetters = [letter, letter with { Chunk = ChunkOf(Doc("a"), 2), Excerpt = new string('x', 500) }] }],
            None);
        var letters = await Ledger.ListDeadLettersAsync(SinkName, 0, 10, None);
        letters[0].ShouldBe(letter with { Id = letters[0].Id });
        letters[1].Excerpt!.Length.ShouldBe(200);
        (await Ledger.ListDeadLettersAsync(SinkName, letters[0].Id, 10, None)).Single().Id.ShouldBe(letters[1].Id);
        (await Ledger.ListDeadLettersAsync(SinkName, 0, 1, None)).Single().Id.ShouldBe(letters[0].Id);
    }

    [Fact]
    public async Task ReplayAsync_ThenListedUnchanged_IsPendingAndTheLetterStaysUntilItSucceeds()
    {
        var walk = await ListAsync(Doc("a"), Doc("b"));
        foreach (var document in new[] { Doc("a"), Doc("b") })
        {
            await CompleteAsync(walk, document, 1, DocumentState.Dead, rejection: Rejection.Dead(Reasons.Corrupt, "broken " + document.Uri));
        }

        var letter = (await Ledger.ListDeadLettersAsync(SinkName, 0, 10, None)).Single(static found => found.Document == Doc("b").Id);
        (letter.Uri, letter.Chunk, letter.Reason, letter.Message).ShouldBe((Doc("b").Uri, null, Reasons.Corrupt, "broken " + Doc("b").Uri));
        var replayed = await Ledger.ReplayAsync(SinkName, [letter.Id, letter.Id, 12345], None);
        (replayed.Single().Listed, replayed.Single().State).ShouldBe((Doc("b"), DocumentState.Pending));

        var next = await ListAsync(Doc("a"), Doc("b"));
        (await PendingAsync(next)).Single().Listed.ShouldBe(Doc("b"));
        (await Ledger.ListDeadLettersAsync(SinkName, 0, 10, None)).Count.ShouldBe(2);
        await ProcessAsync(next);
        (await Ledger.ListDeadLettersAsync(SinkName, 0, 10, None)).Single().Document.ShouldBe(Doc("a").Id);
        (await Ledger.ReplayAsync(SinkName, null, None)).Single().Listed.ShouldBe(Doc("a"));
    }

    [Fact]
    public async Task DropAsync_LastLetterOfADocument_CountsItAsSkippedUntilItChanges()
    {
        var walk = await ListAsync(Doc("a"), Doc("b"));
        var letter = new DeadLetter(0, Doc("a").Id, Doc("a").Uri, ChunkOf(Doc("a"), 1), null, Reasons.EmbeddingFailed, "failed", 3, DateTimeOffset.UnixEpoch);
        await Ledger.CompleteAsync(
            walk,
            [
                new DocumentOutcome(Doc("a").Id, 1, DocumentState.Dead) { Rejection = Rejection.Dead(Reasons.EmbeddingFailed, "two chunks"), DeadLetters = [letter, letter] },
                new DocumentOutcome(Doc("b").Id, 1, DocumentState.Dead) { Rejection = Rejection.Dead(Reasons.Corrupt, "broken") },
            ],
            None);
        var letters = await Ledger.ListDeadLettersAsync(SinkName, 0, 10, None);
        (await Ledger.DropAsync(SinkName, [letters[0].Id, 999_999], None)).ShouldBe(1);
        (await FindAsync(Doc("a"))).State.ShouldBe(DocumentState.Dead);
        (await Ledger.DropAsync(SinkName, null, None)).ShouldBe(2);

        var next = await ListAsync(Doc("a"), Doc("b", 2));
        (await AccountAsync(next)).ShouldSatisfyAllConditions(static a => a.Skipped[Reasons.Dropped].ShouldBe(1), static a => a.Pending.ShouldBe(1), static a => a.Dead.ShouldBeEmpty());
        (await Ledger.ListDeadLettersAsync(SinkName, 0, 10, None)).ShouldBeEmpty();
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
