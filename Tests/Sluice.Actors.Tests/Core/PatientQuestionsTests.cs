using System.Net.Sockets;
using Sluice.Actors.Core;
using Sluice.Actors.Sinks;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;
using Sluice.TestKit;
using Sluice.TestKit.Conformance;
using Sluice.TestKit.Sinks;

namespace Sluice.Actors.Tests.Core;

/// <summary>What is asked before a run.</summary>
public sealed class PatientQuestionsTests : IAsyncLifetime
{
    private static readonly CancellationToken s_none = CancellationToken.None;
    private static readonly CollectionInfo s_collection = new("tiny", "f", EmbeddingKind.Dense, 2, Distance.Cosine);
    private readonly ScratchFolder _scratch = new();
    private readonly JumpingTime _time = new();
    private readonly List<string> _told = [];
    private readonly Queue<Exception?> _answers = new();
    private readonly PatientQuestions _questions;
    private readonly ScriptedSink _sink;
    private ILedger _ledger = null!;

    public PatientQuestionsTests()
    {
        _questions = new PatientQuestions(new PipelineOptions(), _told.Add, _time);
        _sink = new ScriptedSink(static _ => throw new NotSupportedException(), new SinkCapabilities(100, 1 << 20, 1, [EmbeddingKind.Dense], [SearchMode.Vector]))
        {
            Describe = () => _answers.TryDequeue(out var failure) && failure is not null ? Task.FromException<CollectionInfo?>(failure) : Task.FromResult<CollectionInfo?>(s_collection),
        };
    }

    private static TransientException Unreached => new("db cannot be reached: connection refused", innerException: new HttpRequestException(HttpRequestError.ConnectionError, "refused", new SocketException(111)));

    public async Task InitializeAsync()
    {
        _ledger = Sluice.Actors.Ledgers.Ledgers.Open($"sqlite:{_scratch.File("ledger.db")}", TimeProvider.System);
        await _ledger.InitializeAsync(s_none);
    }

    public async Task DisposeAsync()
    {
        await _ledger.DisposeAsync();
        _scratch.Dispose();
    }

    [Fact]
    public async Task MeetAsync_ServerThatSaysNotNow_IsWaitedForAndSaid()
    {
        Answer(new TransientException("db answers 503"), new TransientException("db answers 503"), Unreached, null);
        (await _questions.MeetAsync(_sink, s_none)).ShouldBe(s_collection);
        _answers.ShouldBeEmpty();
        _told.ShouldContain(static text => text.Contains("db answers 503", StringComparison.Ordinal));
        _told[^1].ShouldBe("the database answers again");
        _time.Elapsed.ShouldBeGreaterThan(TimeSpan.Zero);
    }

    [Fact]
    public async Task MeetAsync_ServerThatWasNeverReached_IsToldAtOnce()
    {
        Answer(Unreached);
        (await Should.ThrowAsync<TransientException>(() => _questions.MeetAsync(_sink, s_none))).Message.ShouldContain("cannot be reached");
        (_time.Elapsed, _told.Count).ShouldBe((TimeSpan.Zero, 0));
    }

    [Fact]
    public async Task MeetAsync_KeyThatIsRefused_IsToldAtOnce()
    {
        Answer(new StorageException("db refused the key") { IsMendable = true });
        await Should.ThrowAsync<StorageException>(() => _questions.MeetAsync(_sink, s_none));
        _time.Elapsed.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public async Task MeetAsync_ServerThatWasReachedBefore_IsWaitedFor()
    {
        await _questions.MeetAsync(_sink, s_none);
        Answer(Unreached, null);
        (await _questions.MeetAsync(_sink, s_none)).ShouldBe(s_collection);
        _told.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task MeetAsync_Cancelled_GivesUp()
    {
        using var stop = new CancellationTokenSource();
        var sink = new ScriptedSink(static _ => throw new NotSupportedException(), _sink.Capabilities) { Describe = static () => throw new TransientException("db answers 503") };
        var notices = new NoticeBoard();
        notices.Posted += _ => stop.Cancel();
        await Should.ThrowAsync<OperationCanceledException>(() => new PatientQuestions(new PipelineOptions(), notices, _time).MeetAsync(sink, stop.Token));
    }

    [Fact]
    public async Task FindAsync_TransientAnswers_PreparesOnceTheyHavePassed()
    {
        Answer(new TransientException("db answers 503"), Unreached, null);
        (await _questions.FindAsync(new CollectionPreparation(_ledger, _time), _sink, s_none)).ShouldBe(s_collection);
        _answers.ShouldBeEmpty();
    }

    [Fact]
    public async Task Of_LedgerThatIsLocked_WaitsWithWords()
    {
        var left = 3;
        var ledger = _questions.Of(Tripwire.Around(_ledger, method => method == nameof(ILedger.SummarizeAsync) && left-- > 0 ? new TransientException("the file is locked") : null));
        (await ledger.SummarizeAsync("sink:", s_none)).ShouldBeEmpty();
        _told.ShouldContain(static text => text.Contains("the file is locked", StringComparison.Ordinal));
    }

    private void Answer(params Exception?[] answers) => Array.ForEach(answers, _answers.Enqueue);
}
