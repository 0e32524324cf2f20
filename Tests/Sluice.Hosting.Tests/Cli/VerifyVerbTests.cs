using Sluice.Hosting.Cli;
using Sluice.Hosting.Composition;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;
using Sluice.TestKit;

namespace Sluice.Hosting.Tests.Cli;

public sealed class VerifyVerbTests : IDisposable
{
    private readonly CliRun _cli = new();
    private readonly TestSink _sink = new() { Collection = new CollectionInfo("tiny", "f", EmbeddingKind.Dense, 2, Distance.Cosine) };
    private readonly List<bool> _repairs = [];
    private Func<string, Exception?> _trip = static _ => null;

    public VerifyVerbTests()
    {
        _cli.Folder.Write("sluice.db", "");
        _sink.Add("file:///docs/a.md", "text", new Place(0, 4), null, 1, 0);
    }

    public void Dispose() => _cli.Dispose();

    [Theory]
    [InlineData("verify")]
    [InlineData("verify", "--repair")]
    [InlineData("verify", "--repair", "--yes")]
    public async Task Run_WithALedgerThatKnowsNothingOfTheDatabase_ComparesNothing(params string[] args)
    {
        Join(orphans: 1, scopes: []);
        (await _cli.RunAsync(args)).ShouldBe(ExitCodes.Usage);

        _cli.Error.ShouldContain("knows nothing of sqlite:test, which holds 1 chunks");
        _cli.Error.ShouldContain("--ledger URI");
        _repairs.ShouldBeEmpty();
    }

    [Fact]
    public async Task Repair_ThatDeletesMost_WantsConsent()
    {
        Join(orphans: 6);
        (await _cli.RunAsync("verify", "--repair")).ShouldBe(ExitCodes.Usage);
        _cli.Error.ShouldContain("The repair deletes 6 of the 10 chunks in sqlite:test");
        _repairs.ShouldBe([false]);

        (await _cli.RunAsync("verify", "--repair", "--yes")).ShouldBe(ExitCodes.Success);
        _repairs.ShouldBe([false, false, true]);
    }

    [Fact]
    public async Task Repair_OfAFew_IsDoneAtOnce()
    {
        Join(orphans: 5);
        (await _cli.RunAsync("verify", "--repair")).ShouldBe(ExitCodes.Success);
        _repairs.ShouldBe([false, true]);
        _cli.Out.ShouldContain("repaired");
    }

    [Fact]
    public async Task Run_AnswersThatMayPass_AreWaitedForAndSaid()
    {
        _cli.Time = new JumpingTime();
        var left = new Dictionary<string, int>(StringComparer.Ordinal) { [nameof(ILedger.InitializeAsync)] = 1, [nameof(ILedger.SummarizeAsync)] = 2, [nameof(IVectorSink.DescribeAsync)] = 2 };
        _trip = method => left.GetValueOrDefault(method) > 0 && left[method]-- > 0 ? new TransientException($"{method}: not now") : null;
        Join(orphans: 0);
        (await _cli.RunAsync("verify")).ShouldBe(ExitCodes.Success);
        left.Values.ShouldAllBe(static count => count == 0);
        _cli.Error.ShouldContain("SummarizeAsync: not now");
        _cli.Error.ShouldContain("DescribeAsync: not now");
    }

    private void Join(long orphans, IReadOnlyList<ScopeSummary>? scopes = null)
    {
        ILedger ledger = new TestLedger { Scopes = scopes ?? [new(SourceScope.Prefix("file:///docs/"), "c", new Dictionary<DocumentState, long> { [DocumentState.Indexed] = 1 }, 4, DateTimeOffset.UnixEpoch, true)] };
        _cli.Rooms = new TestRooms
        {
            Sink = () => Tripwire.Around<IVectorSink>(_sink, _trip),
            Ledger = () => Tripwire.Around(ledger, _trip),
            Verification = repair =>
            {
                _repairs.Add(repair);
                return new VerificationResult(10, 10 - orphans, orphans, 0, [], repair);
            },
        };
    }
}
