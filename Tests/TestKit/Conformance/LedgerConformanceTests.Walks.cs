using Shouldly;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Xunit;

namespace Sluice.TestKit.Conformance;

public abstract partial class LedgerConformanceTests
{
    [Fact]
    public async Task BeginWalkAsync_Resume_GoesOnAtTheCursor()
    {
        var walk = await WalkAsync();
        await Ledger.AddListingAsync(walk, new ListingPage([Doc("a")], "after a"), None);
        await ReopenAsync();
        var resumed = await Ledger.BeginWalkAsync(Spec, resume: true, None);
        resumed.ShouldBe(walk with { Cursor = "after a", Epoch = resumed.Epoch });
        resumed.Epoch.ShouldBeGreaterThan(walk.Epoch);
        await Ledger.AddListingAsync(resumed, new ListingPage([Doc("b")], null), None);
        (await PendingAsync(resumed)).Count.ShouldBe(2);
        (await Ledger.ListRemovedAsync(resumed, 10, None)).ShouldBeEmpty();
        var listed = await Ledger.BeginWalkAsync(Spec, resume: true, None);
        listed.ShouldBe(walk with { Cursor = null, Listed = true, Epoch = listed.Epoch });
    }

    [Fact]
    public async Task BeginWalkAsync_ResumeWithNothingToResume_BeginsAnew()
    {
        var first = await Ledger.BeginWalkAsync(Spec, resume: true, None);
        await Ledger.AddListingAsync(first, new ListingPage([], null), None);
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
        var narrow = await WalkAsync(Spec with { Scope = SourceScope.Prefix(Scope + "sub/") });
        await Ledger.AddListingAsync(narrow, new ListingPage([Doc("sub/a")], null), None);
        await Ledger.EndWalkAsync(narrow, None);
        (await Ledger.BeginWalkAsync(Spec, resume: true, None)).Id.ShouldBeGreaterThan(narrow.Id);
    }

    [Fact]
    public async Task AccountAsync_EveryKind_Balances()
    {
        await ProcessAsync(await ListAsync(Doc("same"), Doc("touched"), Doc("edited")));
        var walk = await ListAsync(Doc("same"), Doc("touched", 2), Doc("edited", 2), Doc("new"), Doc("empty"), Doc("broken"), Doc("waiting"), Doc("device", problem: Rejection.Skip(Reasons.NotAFile, "a device")));
        await CompleteAsync(walk, Doc("touched"), 2, DocumentState.Indexed, hash: "x", unchanged: true);
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
    public async Task SummarizeAsync_Scopes_AreCountedEach()
    {
        var walk = await ListAsync(Doc("a"), Doc("b"), Doc("c"));
        await ProcessAsync(walk);
        await Ledger.EndWalkAsync(walk, None);
        var second = await WalkAsync(Spec with { Scope = SourceScope.Exact("https://example.org/x"), Configuration = "config-2" });
        await Ledger.AddListingAsync(second, new ListingPage([new ListedDocument("https://example.org/x")], null), None);

        var summaries = await Ledger.SummarizeAsync(SinkName, None);
        summaries.Select(static summary => summary.Scope).ShouldBe([Spec.Scope, second.Spec.Scope]);
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
}
