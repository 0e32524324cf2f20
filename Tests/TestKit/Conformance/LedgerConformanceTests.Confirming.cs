using Shouldly;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Xunit;

namespace Sluice.TestKit.Conformance;

public abstract partial class LedgerConformanceTests
{
    private async Task<List<DocumentId>> UnconfirmedAsync(Walk walk, int limit = 100) =>
        [.. (await Ledger.ListUnconfirmedAsync(walk, limit, None)).Select(static document => document.Listed.Id)];

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
        var walk = await ListAsync(Doc("a"), Doc("b"));
        await ProcessAsync(walk);
        (await UnconfirmedAsync(walk)).ShouldBeEmpty();
    }

    [Fact]
    public async Task ListUnconfirmedAsync_BegunAnew_ListsItOnceItIsSettledUntilConfirmed()
    {
        var walk = await ListAsync(Doc("a"), Doc("b"));
        await Ledger.BeginAsync(walk, [(Doc("a").Id, 1)], None);
        await ReopenAsync();
        await Ledger.BeginAsync(walk, [(Doc("a").Id, 2)], None);
        (await UnconfirmedAsync(walk)).ShouldBeEmpty("it is being processed");

        await CompleteAsync(walk, Doc("a"), 2, DocumentState.Indexed, 3, "h");
        var found = (await Ledger.ListUnconfirmedAsync(walk, 10, None)).Single();
        (found.Listed, found.State, found.Generation, found.ChunkCount).ShouldBe((Doc("a"), DocumentState.Indexed, 2L, 3L));
        await ReopenAsync();
        (await UnconfirmedAsync(walk)).ShouldBe([Doc("a").Id]);

        await Ledger.ConfirmAsync(SinkName, [(Doc("a").Id, 2), (Doc("unknown").Id, 2)], None);
        (await UnconfirmedAsync(walk)).ShouldBeEmpty();
        (await FindAsync(Doc("a"))).State.ShouldBe(DocumentState.Indexed);
    }

    [Fact]
    public async Task BeginAsync_GenerationThatSomebodyHas_IsRefused()
    {
        var walk = await ListAsync(Doc("a"), Doc("b"));
        (await Ledger.BeginAsync(walk, [(Doc("a").Id, 1)], None)).ShouldBeEmpty();
        (await Ledger.BeginAsync(walk, [(Doc("a").Id, 1), (Doc("b").Id, 1), (Doc("unknown").Id, 1)], None)).ShouldBe([Doc("a").Id, Doc("unknown").Id], ignoreOrder: true);
        await CompleteAsync(walk, Doc("a"), 1, DocumentState.Skipped, rejection: Rejection.Skip(Reasons.Empty, "no text"));
        (await UnconfirmedAsync(walk)).ShouldBeEmpty("one owner had it");
    }

    [Fact]
    public async Task ListUnconfirmedAsync_ProcessedAgainWithoutInterruption_IsStillListed()
    {
        var walk = await ListAsync(Doc("a"));
        await InterruptAsync(walk, Doc("a"));
        var later = await ListAsync(Doc("a", 2));
        await ProcessAsync(later, 3);
        (await UnconfirmedAsync(later)).ShouldBe([Doc("a").Id]);
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
        while ((page = await UnconfirmedAsync(walk, limit: 10)).Count > 0)
        {
            page.Count.ShouldBeLessThanOrEqualTo(10);
            page.ShouldAllBe(id => confirmed.Add(id));
            await Ledger.ConfirmAsync(SinkName, [.. page.Select(static id => (id, 2L))], None);
        }

        confirmed.Count.ShouldBe(25);
    }

    [Fact]
    public async Task ConfirmAsync_OfAnotherSink_ConfirmsNothingHere()
    {
        var walk = await ListAsync(Doc("a"));
        await InterruptAsync(walk, Doc("a"));
        var other = await WalkAsync(Spec with { Sink = "other" });
        await Ledger.AddListingAsync(other, new ListingPage([Doc("a")], null), None);
        await Ledger.ConfirmAsync("other", [(Doc("a").Id, 2)], None);
        await Ledger.ConfirmAsync("none", [(Doc("a").Id, 2)], None);
        await Ledger.ConfirmAsync(SinkName, [(Doc("a").Id, 1)], None);
        await Ledger.ConfirmAsync(SinkName, [], None);
        (await UnconfirmedAsync(walk)).ShouldBe([Doc("a").Id]);
    }

    [Fact]
    public async Task RequeueAsync_Unconfirmed_IsListedAgainOnceSettled()
    {
        var walk = await ListAsync(Doc("a"));
        await InterruptAsync(walk, Doc("a"));
        (await Ledger.RequeueAsync(SinkName, [(Doc("a").Id, 1)], None)).ShouldBeEmpty("it is further than what was compared");
        (await Ledger.RequeueAsync(SinkName, [(Doc("a").Id, 2)], None)).ShouldBe([Doc("a").Id]);
        (await UnconfirmedAsync(walk)).ShouldBeEmpty("it is pending");
        await Ledger.ConfirmAsync(SinkName, [(Doc("a").Id, 2), (Doc("a").Id, 3)], None);
        var later = await ListAsync(Doc("a"));
        await ProcessAsync(later, 3);
        (await UnconfirmedAsync(later)).ShouldBe([Doc("a").Id], "it lost chunks once: whether it holds them now is to be seen");
    }

    [Theory]
    [InlineData(DocumentState.Indexed)]
    [InlineData(DocumentState.Dead)]
    public async Task CompleteAsync_Doubtful_IsUnconfirmedFromTheSameStatementOn(DocumentState state)
    {
        var walk = await ListAsync(Doc("doubtful"), Doc("sure"));
        foreach (var name in new[] { "doubtful", "sure" })
        {
            await Ledger.BeginAsync(walk, [(Doc(name).Id, 1)], None);
            (await Ledger.CompleteAsync(walk, [new DocumentOutcome(Doc(name).Id, 1, state) { Doubtful = name == "doubtful" }], None)).ShouldBeEmpty();
        }

        (await Ledger.ListUnconfirmedAsync(walk, 10, None)).Single().Listed.ShouldBe(Doc("doubtful"));
    }

    [Fact]
    public async Task BeginWalkAsync_ResumeWhileListing_IsNotListed()
    {
        var walk = await WalkAsync();
        (walk.Listed, walk.Complete).ShouldBe((false, true));
        await Ledger.AddListingAsync(walk, new ListingPage([Doc("a")], "on"), None);
        var resumed = await Ledger.BeginWalkAsync(Spec, resume: true, None);
        resumed.ShouldBe(walk with { Cursor = "on", Listed = false, Complete = true, Epoch = resumed.Epoch });
    }

    [Fact]
    public async Task BeginWalkAsync_ResumeAfterAnIncompletePage_StaysIncomplete()
    {
        var walk = await WalkAsync();
        await Ledger.AddListingAsync(walk, new ListingPage([Doc("a")], "on", Complete: false), None);
        var resumed = await Ledger.BeginWalkAsync(Spec, resume: true, None);
        resumed.Complete.ShouldBeFalse();
        await Ledger.AddListingAsync(resumed, new ListingPage([Doc("b")], null), None);
        var listed = await Ledger.BeginWalkAsync(Spec, resume: true, None);
        listed.ShouldBe(walk with { Listed = true, Complete = false, Epoch = listed.Epoch });
        (await Ledger.BeginWalkAsync(Spec, resume: false, None)).Complete.ShouldBeTrue("it begins anew");
    }
}
