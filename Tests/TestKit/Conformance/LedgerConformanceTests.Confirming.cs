using Shouldly;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Xunit;

namespace Sluice.TestKit.Conformance;

public abstract partial class LedgerConformanceTests
{
    private async Task<List<DocumentId>> UnconfirmedAsync(string sink = SinkName, int limit = 100) =>
        [.. (await Ledger.ListUnconfirmedAsync(sink, limit, None)).Select(static document => document.Listed.Id)];

    /// <summary>Begins a document twice, as after a crash, and completes it.</summary>
    private async Task InterruptAsync(Walk walk, ListedDocument document)
    {
        await Ledger.BeginAsync(walk, [(document.Id, 1)], None);
        await Ledger.BeginAsync(walk, [(document.Id, 2)], None);
        await StoreAsync(walk, document, 2, 3);
        await CompleteAsync(walk, document, 2, DocumentState.Indexed, 3, "h");
    }

    [Fact]
    public async Task ListUnconfirmedAsync_ProcessedInOneGo_ListsNothing()
    {
        await ProcessAsync(await ListAsync(Doc("a"), Doc("b")));
        (await UnconfirmedAsync()).ShouldBeEmpty();
        (await UnconfirmedAsync("none")).ShouldBeEmpty();
    }

    [Fact]
    public async Task ListUnconfirmedAsync_BegunAnew_ListsItOnceItIsSettledUntilConfirmed()
    {
        var walk = await ListAsync(Doc("a"), Doc("b"));
        await Ledger.BeginAsync(walk, [(Doc("a").Id, 1)], None);
        await ReopenAsync();
        await Ledger.BeginAsync(walk, [(Doc("a").Id, 2)], None);
        (await UnconfirmedAsync()).ShouldBeEmpty("it is being processed");

        await CompleteAsync(walk, Doc("a"), 2, DocumentState.Indexed, 3, "h");
        var found = (await Ledger.ListUnconfirmedAsync(SinkName, 10, None)).Single();
        (found.Listed, found.State, found.Generation, found.ChunkCount).ShouldBe((Doc("a"), DocumentState.Indexed, 2L, 3L));
        await ReopenAsync();
        (await UnconfirmedAsync()).ShouldBe([Doc("a").Id]);

        await Ledger.ConfirmAsync(SinkName, [Doc("a").Id, Doc("unknown").Id], None);
        (await UnconfirmedAsync()).ShouldBeEmpty();
        (await FindAsync(Doc("a"))).State.ShouldBe(DocumentState.Indexed);
    }

    [Fact]
    public async Task ListUnconfirmedAsync_TwoOwnersOfOneGeneration_ListsIt()
    {
        var walk = await ListAsync(Doc("a"));
        await Ledger.BeginAsync(walk, [(Doc("a").Id, 1)], None);
        await Ledger.BeginAsync(walk, [(Doc("a").Id, 1)], None);
        await CompleteAsync(walk, Doc("a"), 1, DocumentState.Skipped, rejection: Rejection.Skip(Reasons.Empty, "no text"));
        (await UnconfirmedAsync()).ShouldBe([Doc("a").Id]);
    }

    [Fact]
    public async Task ListUnconfirmedAsync_ProcessedAgainWithoutInterruption_IsStillListed()
    {
        var walk = await ListAsync(Doc("a"));
        await InterruptAsync(walk, Doc("a"));
        await ProcessAsync(await ListAsync(Doc("a", 2)));
        (await UnconfirmedAsync()).ShouldBe([Doc("a").Id]);
    }

    [Fact]
    public async Task ListUnconfirmedAsync_InPages_EndsWhenAllAreConfirmed()
    {
        var documents = Enumerable.Range(0, 25).Select(static i => Doc($"{i}")).ToArray();
        var walk = await ListAsync(documents);
        foreach (var document in documents)
        {
            await InterruptAsync(walk, document);
        }

        var confirmed = new HashSet<DocumentId>();
        List<DocumentId> page;
        while ((page = await UnconfirmedAsync(limit: 10)).Count > 0)
        {
            page.Count.ShouldBeLessThanOrEqualTo(10);
            page.ShouldAllBe(id => confirmed.Add(id));
            await Ledger.ConfirmAsync(SinkName, page, None);
        }

        confirmed.Count.ShouldBe(25);
    }

    [Fact]
    public async Task ConfirmAsync_OfAnotherSink_ConfirmsNothingHere()
    {
        await InterruptAsync(await ListAsync(Doc("a")), Doc("a"));
        var other = await WalkAsync(Spec with { Sink = "other" });
        await Ledger.AddListingAsync(other, new ListingPage([Doc("a")], null), None);
        await Ledger.ConfirmAsync("other", [Doc("a").Id], None);
        await Ledger.ConfirmAsync("none", [Doc("a").Id], None);
        await Ledger.ConfirmAsync(SinkName, [], None);
        (await UnconfirmedAsync()).ShouldBe([Doc("a").Id]);
    }

    [Fact]
    public async Task RequeueAsync_Unconfirmed_IsListedAgainOnceSettled()
    {
        await InterruptAsync(await ListAsync(Doc("a")), Doc("a"));
        await Ledger.RequeueAsync(SinkName, [Doc("a").Id], None);
        (await UnconfirmedAsync()).ShouldBeEmpty("it is pending");
        await Ledger.ConfirmAsync(SinkName, [Doc("a").Id], None);
        await ProcessAsync(await ListAsync(Doc("a")));
        (await UnconfirmedAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task BeginWalkAsync_ResumeWhileListing_IsNotListed()
    {
        var walk = await WalkAsync();
        (walk.Listed, walk.Complete).ShouldBe((false, true));
        await Ledger.AddListingAsync(walk, new ListingPage([Doc("a")], "on"), None);
        (await Ledger.BeginWalkAsync(Spec, resume: true, None)).ShouldBe(walk with { Cursor = "on", Listed = false, Complete = true });
    }

    [Fact]
    public async Task BeginWalkAsync_ResumeAfterAnIncompletePage_StaysIncomplete()
    {
        var walk = await WalkAsync();
        await Ledger.AddListingAsync(walk, new ListingPage([Doc("a")], "on", Complete: false), None);
        (await Ledger.BeginWalkAsync(Spec, resume: true, None)).Complete.ShouldBeFalse();
        await Ledger.AddListingAsync(walk, new ListingPage([Doc("b")], null), None);
        (await Ledger.BeginWalkAsync(Spec, resume: true, None)).ShouldBe(walk with { Listed = true, Complete = false });
        (await Ledger.BeginWalkAsync(Spec, resume: false, None)).Complete.ShouldBeTrue("it begins anew");
    }
}
