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

    /// <summary>Confirms the last doubt of documents, each in a generation.</summary>
    private async Task ConfirmAsync(params (DocumentId Document, long Generation)[] documents)
    {
        var found = await Ledger.FindDocumentsAsync(SinkName, [.. documents.Select(static pair => pair.Document).Distinct()], None);
        await Ledger.ConfirmAsync(
            SinkName, [.. documents.Select(pair => (pair.Document, pair.Generation, found.FirstOrDefault(document => document.Listed.Id == pair.Document)?.Doubt ?? 0))], None);
    }

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

        await ConfirmAsync((Doc("a").Id, 2), (Doc("unknown").Id, 2));
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
            await ConfirmAsync([.. page.Select(static id => (id, 2L))]);
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
        var doubt = (await FindAsync(Doc("a"))).Doubt;
        await Ledger.ConfirmAsync("other", [(Doc("a").Id, 2, doubt)], None);
        await Ledger.ConfirmAsync("none", [(Doc("a").Id, 2, doubt)], None);
        await Ledger.ConfirmAsync(SinkName, [(Doc("a").Id, 1, doubt)], None);
        await Ledger.ConfirmAsync(SinkName, [], None);
        (await UnconfirmedAsync(walk)).ShouldBe([Doc("a").Id]);
    }

    public static TheoryData<string> LaterDoubts => new("asked", "a refused owner's chunks", "a refused owner's deletion", "a refused owner's end", "a pruner", "the walk", "a dropped letter");

    [Theory]
    [MemberData(nameof(LaterDoubts))]
    public async Task ConfirmAsync_DoubtedAgainSinceTheComparisonBegan_StaysUnconfirmed(string doubt)
    {
        var walk = await ListAsync(Doc("a"));
        await InterruptAsync(walk, Doc("a"));
        if (doubt == "a dropped letter")
        {
            await Ledger.AddListingAsync(walk with { Cursor = null }, new ListingPage([Doc("a", 2)], null), None);
            await Ledger.CompleteAsync(walk, [new DocumentOutcome(Doc("a").Id, 3, DocumentState.Dead) { Begun = false, KeepsEarlier = true, Rejection = Rejection.Dead(Reasons.Unreadable, "no right") }], None);
        }

        var compared = (await Ledger.ListUnconfirmedAsync(walk, 10, None)).Single();
        await DoubtAgainAsync(doubt, walk, compared);
        await Ledger.ConfirmAsync(SinkName, [(Doc("a").Id, compared.Generation, compared.Doubt)], None);
        var again = (await Ledger.ListUnconfirmedAsync(walk, 10, None)).Single();
        again.Doubt.ShouldBeGreaterThan(compared.Doubt);

        await Ledger.ConfirmAsync(SinkName, [(Doc("a").Id, again.Generation, again.Doubt)], None);
        (await UnconfirmedAsync(walk)).ShouldBeEmpty();
    }

    private Task DoubtAgainAsync(string doubt, Walk walk, LedgerDocument compared) => doubt switch
    {
        "asked" => Ledger.DoubtAsync(SinkName, [(compared.Listed.Id, compared.Generation)], None),
        "a refused owner's chunks" => RecordAsync(walk, compared.Listed, compared.Generation - 1, 1),
        "a refused owner's deletion" => Ledger.RemoveChunksAsync(SinkName, compared.Listed.Id, compared.Generation - 1, [ChunkOf(compared.Listed, 0)], None),
        "a refused owner's end" => Ledger.CompleteAsync(walk, [new DocumentOutcome(compared.Listed.Id, compared.Generation - 1, DocumentState.Indexed)], None),
        "a pruner" => Ledger.RemoveDocumentsAsync(walk, [(compared.Listed.Id, compared.Generation - 1)], None),
        "the walk" => Ledger.DoubtWalkAsync(walk, None),
        _ => Ledger.DropAsync(SinkName, null, None),
    };

    [Fact]
    public async Task DoubtAsync_Settled_TellsTheNumberOfTheDoubt()
    {
        var walk = await ListAsync(Doc("a"));
        await InterruptAsync(walk, Doc("a"));
        var before = await FindAsync(Doc("a"));
        (await Ledger.DoubtAsync(SinkName, [(Doc("a").Id, 2)], None)).ShouldBe(new Dictionary<DocumentId, long> { [Doc("a").Id] = before.Doubt + 1 });
        (await FindAsync(Doc("a"))).Doubt.ShouldBe(before.Doubt + 1);
    }

    [Fact]
    public async Task ConfirmAsync_OfADocumentThatWasRemovedAndCameBack_ConfirmsNothing()
    {
        var walk = await ListAsync(Doc("a"));
        await InterruptAsync(walk, Doc("a"));
        var compared = (await Ledger.ListUnconfirmedAsync(walk, 10, None)).Single();
        var gone = await ListAsync();
        await Ledger.WithdrawAsync(gone, [(Doc("a").Id, 2)], None);
        await Ledger.RemoveDocumentsAsync(gone, [(Doc("a").Id, 3)], None);

        var back = await ListAsync(Doc("a"));
        await InterruptAsync(back, Doc("a"));
        (await FindAsync(Doc("a"))).Generation.ShouldBe(compared.Generation);
        await Ledger.ConfirmAsync(SinkName, [(Doc("a").Id, compared.Generation, compared.Doubt)], None);
        (await UnconfirmedAsync(back)).ShouldBe([Doc("a").Id]);
    }

    [Fact]
    public async Task RequeueAsync_Unconfirmed_IsListedAgainOnceSettled()
    {
        var walk = await ListAsync(Doc("a"));
        await InterruptAsync(walk, Doc("a"));
        (await Ledger.RequeueAsync(SinkName, [(Doc("a").Id, 1)], None)).ShouldBeEmpty("it is further than what was compared");
        (await Ledger.RequeueAsync(SinkName, [(Doc("a").Id, 2)], None)).ShouldBe([Doc("a").Id]);
        (await UnconfirmedAsync(walk)).ShouldBeEmpty("it is pending");
        await ConfirmAsync((Doc("a").Id, 2), (Doc("a").Id, 3));
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
