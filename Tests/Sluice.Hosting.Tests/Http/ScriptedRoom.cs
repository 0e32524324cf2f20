using Sluice.Hosting.Http;
using Sluice.Hosting.Http.Contract;
using Sluice.Hosting.Monitoring;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Tests.Http;

/// <summary>A room in which a test says what there is; it notes what was asked of it.</summary>
internal sealed class ScriptedRoom : IControlRoom
{
    public const string Markup = "<script>alert(1)</script>\"'&\u2028";

    public List<string> Asked { get; } = [];

    public string JobState { get; set; } = "running";

    public Exception? Failure { get; set; }

    public string Mode => "machine";

    public bool CanSubmit => true;

    public Task<Overview> OverviewAsync(CancellationToken cancellationToken)
    {
        Throw();
        var view = new RunWatch(new RunNames(["/docs"], "sqlite:/x.db", null), TimeProvider.System).Read();
        return Task.FromResult(new Overview(
            0, DateTimeOffset.UnixEpoch, Mode, JobState, Job(), view.Pipeline, view.Throughput, view.Padding, view.Documents, view.Chunks, view.Estimate,
            new ProcessView(1, 2, 3, 4, 5, 0.5, 2), [], new NodeCounts(1, 0, 0), 0, [Markup]));
    }

    public Task<JobList> ListJobsAsync(CancellationToken cancellationToken) => Task.FromResult(new JobList([Job()]));

    public Task<JobDetail> FindJobAsync(long job, CancellationToken cancellationToken) => throw ApiException.NoJob(job);

    public Task<JobSummary> SubmitAsync(JobRequest request, CancellationToken cancellationToken)
    {
        Asked.Add("submit");
        JobRules.Check(request, AllowList.Configured(["/srv/docs", "https://docs.example/manual/"], "/"));
        return Task.FromResult(Job());
    }

    public Task<JobSummary> WishAsync(long job, JobWish wish, bool prune, CancellationToken cancellationToken)
    {
        Asked.Add($"{wish} {job}");
        return Task.FromResult(Job());
    }

    public Task<NodeList> ListNodesAsync(CancellationToken cancellationToken) => Task.FromResult(new NodeList([Node()]));

    public Task<NodeView> DrainAsync(string node, CancellationToken cancellationToken)
    {
        Asked.Add($"drain {node}");
        return Task.FromResult(Node());
    }

    public Task<DeadLetterPage> ListDeadLettersAsync(long? job, long after, int limit, string? reason, CancellationToken cancellationToken) =>
        Task.FromResult(new DeadLetterPage([new DeadLetterView(3, "file:///a", "/a", "malformed", Markup, 1, DateTimeOffset.UnixEpoch, null, Markup)], null, 1, true, [new ReasonCount("malformed", 1)]));

    public Task<ReplayAnswer> ReplayAsync(long? job, ReplayRequest request, CancellationToken cancellationToken)
    {
        Asked.Add("replay");
        return Task.FromResult(new ReplayAnswer(1, [2], "1 document is tried again in job 2."));
    }

    public Task<SearchAnswer> SearchAsync(long? job, string question, SearchMode? mode, int limit, string? uriGlob, CancellationToken cancellationToken)
    {
        Throw();
        return Task.FromResult(new SearchAnswer(question, "hybrid", 0, [new HitView("file:///a", "/a", 1, Markup, [Markup], Markup, 1, null, null, "c")]));
    }

    public Task<(bool Ready, string State)> CheckAsync(CancellationToken cancellationToken) => Task.FromResult((false, "joining"));

    public static NodeView Node() => new("local", "up", ["parse"], "cpu", "0.1.0", 0, DateTimeOffset.UnixEpoch, 1, 0, 0, 0, 0, [1], [], CanDrain: false);

    private JobSummary Job()
    {
        var none = new Dictionary<string, long>(StringComparer.Ordinal);
        return new JobSummary(1, Markup, "ingest", JobState, "run", 10, ["/docs"], DateTimeOffset.UnixEpoch, null, null, new DocumentsView(0, false, 0, 0, 0, 0, 0, true, none, none), null);
    }

    private void Throw()
    {
        if (Failure is { } failure)
        {
            throw failure;
        }
    }
}
