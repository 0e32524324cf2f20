using Microsoft.Extensions.Time.Testing;
using Sluice.Actors.Core;
using Sluice.Actors.Sinks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Conformance;
using Sluice.TestKit.Sinks;

namespace Sluice.Actors.Tests.Core;

/// <summary>What a run does with "there is no such collection".</summary>
public sealed class CollectionPreparationTests : IAsyncLifetime
{
    private static readonly CancellationToken s_none = CancellationToken.None;
    private readonly ScratchFolder _scratch = new();
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _told = [];
    private readonly Queue<Func<Task<CollectionInfo?>>> _answers = new();
    private IVectorSink _inner = null!;
    private ScriptedSink _sink = null!;
    private ILedger _ledger = null!;
    private Walk _walk = null!;
    private string? _filling;

    public async Task InitializeAsync()
    {
        _inner = VectorSinks.Open($"sqlite:{_scratch.File("sink.db")}", new SinkOptions(), TimeProvider.System);
        _sink = new ScriptedSink(records => _inner.UpsertAsync(records, s_none), _inner.Capabilities, _inner) { Describe = () => _answers.Dequeue()() };
        _ledger = Sluice.Actors.Ledgers.Ledgers.Open($"sqlite:{_scratch.File("ledger.db")}", TimeProvider.System);
        await _ledger.InitializeAsync(s_none);
        _walk = await _ledger.BeginWalkAsync(new WalkSpec(SourceScope.Prefix("file:///docs/"), _sink.Name, "c"), false, s_none);
        await _ledger.AddListingAsync(_walk, new ListingPage([new ListedDocument("file:///docs/a")], null), s_none);
    }

    public async Task DisposeAsync()
    {
        await _inner.DisposeAsync();
        await _ledger.DisposeAsync();
        _scratch.Dispose();
    }

    [Fact]
    public async Task FindAsync_SaidTwice_ForgetsAndTells()
    {
        Missing();
        Missing();
        var start = _time.GetUtcNow();
        (await LaterAsync(FindAsync())).ShouldBeNull();
        (_time.GetUtcNow() - start).ShouldBeGreaterThanOrEqualTo(CollectionPreparation.Pause);
        (await KnownAsync()).ShouldBe(0);
        _told.ShouldHaveSingleItem().ShouldContain("no collection any more");
    }

    [Fact]
    public async Task FindAsync_ThereAfterThePause_ForgetsNothing()
    {
        Missing();
        Answer(Collection());
        (await LaterAsync(FindAsync())).ShouldBe(Collection());
        (await KnownAsync()).ShouldBe(1);
        _told.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task FindAsync_AnErrorIsTheAnswer_ForgetsNothing(int before)
    {
        for (var i = 0; i < before; i++)
        {
            Missing();
        }

        _answers.Enqueue(static () => Task.FromException<CollectionInfo?>(new TransientException("a proxy says 404")));
        await Should.ThrowAsync<TransientException>(() => LaterAsync(FindAsync()));
        (await KnownAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task FindAsync_NothingKnown_AsksOnce()
    {
        (await _ledger.ForgetSinkAsync(_sink.Name, _walk.Epoch, s_none)).ShouldBeTrue();
        Missing();
        (await FindAsync()).ShouldBeNull();
        _told.ShouldBeEmpty();
    }

    [Fact]
    public async Task FindAsync_AWalkBeginsMeanwhile_ForgetsNothingAndIsTriedAgain()
    {
        _answers.Enqueue(async () =>
        {
            await _ledger.BeginWalkAsync(_walk.Spec with { Scope = SourceScope.Prefix("file:///other/") }, false, s_none);
            return null;
        });
        Missing();
        (await Should.ThrowAsync<TransientException>(() => LaterAsync(FindAsync()))).Message.ShouldContain("begun to fill it");
        (await KnownAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task FindAsync_SomebodyIsFillingIt_ForgetsNothingAndIsTriedAgain()
    {
        _filling = "job 3";
        Missing();
        (await Should.ThrowAsync<TransientException>(FindAsync)).Message.ShouldContain("while job 3 is filling it");
        (await KnownAsync()).ShouldBe(1);
    }

    private static CollectionInfo Collection() => new("model", "fingerprint", EmbeddingKind.Dense, 4, Distance.Cosine);

    private void Missing() => Answer(null);

    private void Answer(CollectionInfo? answer) => _answers.Enqueue(() => Task.FromResult(answer));

    private Task<CollectionInfo?> FindAsync() => new CollectionPreparation(_ledger, _time) { Told = _told.Add, Filling = () => _filling }.FindAsync(_sink, s_none);

    /// <summary>Lets time pass until it is done.</summary>
    private async Task<T> LaterAsync<T>(Task<T> task)
    {
        while (!task.IsCompleted)
        {
            _time.Advance(CollectionPreparation.Pause);
            await Task.Yield();
        }

        return await task;
    }

    private async Task<int> KnownAsync() => (await _ledger.ListDocumentsAsync(_sink.Name, null, 10, s_none)).Count;
}
