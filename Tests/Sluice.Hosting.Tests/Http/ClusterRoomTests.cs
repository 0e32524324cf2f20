using System.Reflection;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Http;
using Sluice.Hosting.Http.Clusters;
using Sluice.Hosting.Http.Contract;
using Sluice.Hosting.Tests.Cli;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;
using Sluice.TestKit;
using Sluice.TestKit.Ledgers;

namespace Sluice.Hosting.Tests.Http;

/// <summary>Requests to a cluster whose PostgreSQL is away: its calls wait for as long as it is, and whoever asked is told.</summary>
public sealed class ClusterRoomTests : IAsyncDisposable
{
    private const string Away = "PostgreSQL at db:5432 does not answer since 23:30:12: connection refused.";
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(30);
    private static readonly CancellationToken s_none = CancellationToken.None;

    private readonly TemporaryFolder _folder = new();
    private readonly JumpingTime _time = new();
    private readonly ConfigurationSources _sources;
    private readonly ClusterDatabases _databases;

    public ClusterRoomTests()
    {
        _sources = new ConfigurationSources { DefaultsFile = Repository.PathTo("akka.hocon"), WorkingDirectory = _folder.Path };
        _databases = new ClusterDatabases(_sources, settings => new SluiceRooms(settings, NullLoggerFactory.Instance, _time), _time);
    }

    public async ValueTask DisposeAsync()
    {
        await _databases.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("submit", false)]
    [InlineData("submit", true)]
    [InlineData("wish", false)]
    [InlineData("dead letters", true)]
    [InlineData("dead letters of a job", false)]
    [InlineData("replay", true)]
    [InlineData("replay of a job", false)]
    [InlineData("search in a job's database", false)]
    [InlineData("jobs", false)]
    public async Task Request_WhileTheLedgerIsAway_IsToldSoWithinSeconds(string what, bool ofTheLedger)
    {
        ILedger ledger = ofTheLedger ? Silent.Of<ILedger>(Away) : new TestLedger();
        var memory = new MemoryJobStore(_time);
        await memory.SubmitAsync(new JobSubmission("docs", [_folder.Path], "", 10), s_none);
        await using IJobStore jobs = ofTheLedger ? memory : Silent.Of<IJobStore>(Away);
        var room = Room(ledger, jobs);
        Task asked = what switch
        {
            "submit" => room.SubmitAsync(new JobRequest([_folder.Path]), s_none),
            "wish" => room.WishAsync(1, JobWish.Pause, prune: false, s_none),
            "dead letters" => room.ListDeadLettersAsync(null, 0, 10, null, s_none),
            "dead letters of a job" => room.ListDeadLettersAsync(1, 0, 10, null, s_none),
            "replay" => room.ReplayAsync(null, new ReplayRequest(All: true), s_none),
            "replay of a job" => room.ReplayAsync(1, new ReplayRequest(All: true), s_none),
            "jobs" => room.ListJobsAsync(s_none),
            _ => room.SearchAsync(1, "rivers", null, 10, null, s_none),
        };
        var refused = await Should.ThrowAsync<ApiException>(() => asked.WaitAsync(s_soon));
        refused.Status.ShouldBe(503);
        refused.Message.ShouldContain(Away);
        _time.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(10));
        if (what == "submit" && !ofTheLedger)
        {
            refused.Message.ShouldContain("Nobody has confirmed that the job was posted: post it again once the ledger answers, when GET /api/v1/jobs does not show it.");
        }
    }

    [Fact]
    public async Task Submit_ThatWasWritten_IsAnsweredWithTheJob_ThoughTheLedgerGoesAwayThen()
    {
        var memory = new MemoryJobStore(_time);
        var jobs = Silent.Of<IJobStore>(Away, memory, static name => name == nameof(IJobStore.SubmitAsync));
        var posted = await Room(new TestLedger(), jobs).SubmitAsync(new JobRequest([_folder.Path]), s_none).WaitAsync(s_soon);
        (posted.Id, posted.State).ShouldBe((1, "queued"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Resume_OfAJobThatKeptWhatIsGone_LetsItPruneWhereThatWasSaid(bool prune)
    {
        var jobs = new MemoryJobStore(_time);
        var job = await jobs.SubmitAsync(new JobSubmission("docs", [_folder.Path], "", 10), s_none);
        var epoch = await jobs.CoordinateAsync(s_none);
        await jobs.ReportAsync(epoch, job, """{"source":0,"walk":7,"withheld":300,"listed":true,"documents":{"discovered":1,"indexed":1,"unchanged":0,"skipped":{},"dead":{},"pending":0,"removed":0,"kept":0},"before":{"discovered":0,"indexed":0,"unchanged":0,"skipped":{},"dead":{},"pending":0,"removed":0,"kept":0},"counts":{},"reported":{},"nodes":[],"notices":[]}""", s_none);
        await jobs.SaveAsync(epoch, job, JobState.Failed, 0, "300 documents are gone", s_none);
        var room = Room(new TestLedger(), jobs);
        var failed = (await room.ListJobsAsync(s_none)).Items.ShouldHaveSingleItem();
        (failed.State, failed.CanResume, failed.Withheld).ShouldBe(("failed", true, 300));
        var resumed = await room.WishAsync(job, JobWish.Run, prune, s_none);
        (resumed.State, resumed.Withheld).ShouldBe(("queued", 0));
        (await jobs.FindAsync(job, s_none))!.Submission.Settings.Contains("sluice.prune = always", StringComparison.Ordinal).ShouldBe(prune);
    }

    [Fact]
    public async Task Patience_AnswerThatComesWhileTheServerIsGivenUp_IsTheAnswer()
    {
        var patience = new LedgerPatience(static () => Away, _time);
        var answer = await patience.WriteAsync(
            static async given =>
            {
                var givenUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                await using var registration = given.Register(givenUp.SetResult);
                await givenUp.Task; // It was committed when it was to be given up.
                return 7;
            },
            "it was written",
            "GET it",
            s_none).WaitAsync(s_soon);
        answer.ShouldBe(7);
    }

    [Fact]
    public async Task Patience_ServerThatSaysNothingAtAll_IsGivenUpAfterHalfAMinute()
    {
        var patience = new LedgerPatience(static () => null, _time);
        var refused = await Should.ThrowAsync<ApiException>(() => patience.AskAsync(Silent.NeverAsync<int>, s_none).WaitAsync(s_soon));
        refused.Message.ShouldContain("has not answered within 30 s");
    }

    private ClusterRoom Room(ILedger ledger, IJobStore jobs) =>
        new(static () => null, jobs, ledger, _databases, _sources, [SourceScope.Prefix(new Uri(_folder.Path + "/").AbsoluteUri)], _time);

    /// <summary>A store whose server is away: its calls wait until they are cancelled.</summary>
    public class Silent : DispatchProxy
    {
        private string _trouble = "";
        private object? _inner;
        private Func<string, bool> _answers = static _ => false;

        public static T Of<T>(string trouble, object? inner = null, Func<string, bool>? answers = null)
            where T : class
        {
            var proxy = Create<T, Silent>();
            var silent = (Silent)(object)proxy;
            (silent._trouble, silent._inner, silent._answers) = (trouble, inner, answers ?? silent._answers);
            return proxy;
        }

        public static async Task<T> NeverAsync<T>(CancellationToken cancellationToken)
        {
            var never = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = cancellationToken.Register(() => never.TrySetCanceled(cancellationToken));
            return await never.Task;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            ArgumentNullException.ThrowIfNull(targetMethod);
            if (_answers(targetMethod.Name))
            {
                return targetMethod.Invoke(_inner, BindingFlags.DoNotWrapExceptions, null, args, null);
            }

            if (targetMethod.Name == "get_" + nameof(ILedger.Trouble))
            {
                return _trouble;
            }

            if (targetMethod.ReturnType == typeof(ValueTask))
            {
                return ValueTask.CompletedTask;
            }

            var token = args!.OfType<CancellationToken>().Single();
            return targetMethod.ReturnType == typeof(Task)
                ? NeverAsync<int>(token)
                : typeof(Silent).GetMethod(nameof(NeverAsync))!.MakeGenericMethod(targetMethod.ReturnType.GetGenericArguments()[0]).Invoke(null, [token]);
        }
    }
}
