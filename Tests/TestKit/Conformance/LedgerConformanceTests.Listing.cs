using Shouldly;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Xunit;

namespace Sluice.TestKit.Conformance;

public abstract partial class LedgerConformanceTests
{
    [Fact]
    public async Task AddListingAsync_NewDocuments_ArePendingOnce()
    {
        var walk = await WalkAsync();
        (await Ledger.AddListingAsync(walk, new ListingPage([Doc("a"), Doc("b"), Doc("a")], "page2"), None)).ShouldBe(3);
        (await Ledger.AddListingAsync(walk with { Cursor = "page2" }, new ListingPage([Doc("c"), Doc("b")], null), None)).ShouldBe(2);

        var pending = await PendingAsync(walk);
        pending.Select(static document => document.Listed).ShouldBe([Doc("a"), Doc("b"), Doc("c")], ignoreOrder: true);
        pending.ShouldAllBe(static document => document.Generation == 0 && document.ContentHash == null && !document.Interrupted);
        (await AccountAsync(walk)).ShouldSatisfyAllConditions(static a => a.Discovered.ShouldBe(3), static a => a.Pending.ShouldBe(3));
    }

    [Fact]
    public async Task AddListingAsync_PageThatDoesNotFollowWhereTheLedgerStands_IsRefusedWhole()
    {
        var walk = await WalkAsync();
        await Ledger.AddListingAsync(walk, new ListingPage([Doc("a")], "after a"), None);

        // Its owner has added "b" too, and the database has taken that back.
        var lost = await Should.ThrowAsync<ListingLostException>(
            () => Ledger.AddListingAsync(walk with { Cursor = "after b" }, new ListingPage([Doc("c"), Doc("d", problem: Rejection.Dead(Reasons.Unreadable, "no"))], null), None));
        (lost.Cursor, lost.Message.Contains(Scope, StringComparison.Ordinal)).ShouldBe(("after a", true));
        (await PendingAsync(walk)).Single().Listed.ShouldBe(Doc("a"));
        (await Ledger.ListDocumentsAsync(SinkName, null, 10, None)).Count.ShouldBe(1);
        (await Should.ThrowAsync<ListingLostException>(() => Ledger.AddListingAsync(walk, new ListingPage([Doc("c")], "after c"), None))).Cursor.ShouldBe("after a");

        await Ledger.AddListingAsync(walk with { Cursor = "after a" }, new ListingPage([Doc("b")], "after b"), None);
        await Ledger.AddListingAsync(walk with { Cursor = "after b" }, new ListingPage([Doc("c")], null), None);
        (await PendingAsync(walk)).Count.ShouldBe(3);
    }

    [Fact]
    public async Task AddListingAsync_SamePageAgain_IsTakenAgain()
    {
        var walk = await WalkAsync();
        foreach (var (after, next) in new (string?, string?)[] { (null, "after a"), ("after a", "after b"), ("after b", null) })
        {
            for (var time = 0; time < 2; time++)
            {
                (await Ledger.AddListingAsync(walk with { Cursor = after }, new ListingPage([Doc(after ?? "a")], next), None)).ShouldBe(1, "the answer to a commit may be lost");
            }
        }

        (await PendingAsync(walk)).Count.ShouldBe(3);
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
}
