using System.Globalization;
using System.Runtime.CompilerServices;
using Sluice.Actors.Core;
using Sluice.Actors.Core.Jobs;
using Sluice.Actors.Core.Sources;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Monitoring;
using Sluice.TestKit.Conformance;

namespace Sluice.Actors.Tests.Core;

/// <summary>A listing whose ledger loses pages that it confirmed, as after a failover.</summary>
public sealed class SourceWalkTests : Akka.TestKit.Xunit2.TestKit, IAsyncLifetime
{
    private static readonly CancellationToken s_none = CancellationToken.None;
    private readonly ScratchFolder _scratch = new();
    private readonly NoticeBoard _notices = new();
    private readonly List<string> _posted = [];
    private readonly PagedSource _source = new();
    private ILedger _ledger = null!;

    public async Task InitializeAsync()
    {
        _ledger = Sluice.Actors.Ledgers.Ledgers.Open($"sqlite:{_scratch.File("ledger.db")}", TimeProvider.System);
        await _ledger.InitializeAsync(s_none);
        _notices.Posted += _posted.Add;
    }

    public async Task DisposeAsync()
    {
        await _ledger.DisposeAsync();
        _scratch.Dispose();
    }

    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    [InlineData("3")]
    public async Task RunAsync_PageThatTheLedgerLost_IsListedAgainFromWhereTheLedgerStands(string lost)
    {
        await WalkAsync(_ledger);
        var left = 1;
        var walk = await WalkAsync(ForgetfulLedger.LosingPages(_ledger, page => page.Cursor == lost && left-- > 0));

        (await _ledger.ListRemovedAsync(walk, 10, s_none)).ShouldBeEmpty("nothing has left the source");
        (await _ledger.AccountAsync(walk, s_none)).Discovered.ShouldBe(PagedSource.Pages);
        _posted.ShouldHaveSingleItem().ShouldContain("listed again");
        _notices.Current.ShouldBeEmpty();
        await _ledger.EndWalkAsync(walk, s_none);
    }

    [Fact]
    public async Task RunAsync_LastPageThatTheLedgerLost_LetsNothingBeRemovedAndTheWalkNotEnd()
    {
        await WalkAsync(_ledger);
        var walk = await WalkAsync(ForgetfulLedger.LosingPages(_ledger, static page => page.Cursor is null));
        var last = new ListedDocument(PagedSource.UriOf(PagedSource.Pages - 1));
        (await _ledger.ListRemovedAsync(walk, 10, s_none)).ShouldBeEmpty();
        (await _ledger.WithdrawAsync(walk, [(last.Id, 0)], s_none)).ShouldBeEmpty();
        await Should.ThrowAsync<ListingLostException>(() => _ledger.EndWalkAsync(walk, s_none));

        // Whoever takes it up lists what is missing.
        var resumed = await _ledger.BeginWalkAsync(walk.Spec, resume: true, s_none);
        await RunAsync(_ledger, resumed);
        (await _ledger.AccountAsync(resumed, s_none)).Discovered.ShouldBe(PagedSource.Pages);
        await _ledger.EndWalkAsync(resumed, s_none);
    }

    private async Task<Walk> WalkAsync(ILedger ledger)
    {
        var walk = await _ledger.BeginWalkAsync(new WalkSpec(_source.Scope, "sink:", "c"), resume: false, s_none);
        await RunAsync(ledger, walk);
        return walk;
    }

    private async Task RunAsync(ILedger ledger, Walk walk) =>
        (await new SourceWalk(_source, ledger, walk, new SourceGuard(_source, new PipelineOptions(), _notices, TimeProvider.System), new StageMeter()) { Notices = _notices }.RunAsync(TestActor, s_none)).ShouldBeTrue();

    /// <summary>Five pages of one document each; the cursor of a page is the number of the next one.</summary>
    private sealed class PagedSource : IDocumentSource
    {
        public const int Pages = 5;

        public SourceScope Scope { get; } = SourceScope.Prefix("file:///paged/");

        public string Description => "five pages";

        public static string UriOf(int page) => string.Create(CultureInfo.InvariantCulture, $"file:///paged/{page}");

        public async IAsyncEnumerable<ListingPage> ListAsync(string? cursor, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.CompletedTask;
            for (var page = cursor is null ? 0 : int.Parse(cursor, CultureInfo.InvariantCulture); page < Pages; page++)
            {
                yield return new ListingPage([new ListedDocument(UriOf(page), 1, DateTimeOffset.UnixEpoch)], page + 1 < Pages ? (page + 1).ToString(CultureInfo.InvariantCulture) : null);
            }
        }

        public ValueTask<DocumentContent> OpenAsync(ListedDocument document, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
