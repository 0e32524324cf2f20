using Sluice.Hosting.Http.Clusters;
using Sluice.Streams.Ledger;

namespace Sluice.Hosting.Tests.Http;

public sealed class ReplayPlanTests
{
    private static readonly JobRecord s_asked = Job(9, "/data/manuals", "s3://bucket/tickets");
    private static readonly JobRecord s_other = Job(4, "/data/letters", "/data/my notes");

    [Fact]
    public void Of_DocumentsOfTheAskedJob_WalksOnlyTheSourcesThatAreNeeded()
    {
        var plan = ReplayPlan.Of(s_asked, [s_other], ["file:///data/manuals/a.pdf", "file:///data/manuals/deep/b.pdf"]).ShouldHaveSingleItem();

        plan.Sources.ShouldBe(["/data/manuals"]);
        plan.Name.ShouldBe("replay of job 9");
    }

    [Fact]
    public void Of_DocumentsOfAnotherJobIntoTheSameDatabase_GoToThatJob()
    {
        var plan = ReplayPlan.Of(s_asked, [s_asked, s_other], ["file:///data/my%20notes/a.md", "s3://bucket/tickets/7.eml"]);

        plan.Select(static job => (job.Name, Sources: string.Join(' ', job.Sources))).ShouldBe([("replay of job 4", "/data/my notes"), ("replay of job 9", "s3://bucket/tickets")], ignoreOrder: true);
    }

    [Fact]
    public void Of_AFolderWhoseNameBeginsAsASource_IsNotThatSource() =>
        ReplayPlan.Of(s_asked, [s_other], ["file:///data/letters-old/a.md"]).ShouldHaveSingleItem().Sources.ShouldBe(s_asked.Submission.Sources);

    [Fact]
    public void Of_ADocumentThatNoJobCovers_IsLeftToTheAskedJob() =>
        ReplayPlan.Of(s_asked, [s_other], ["https://example.org/a.html"]).ShouldHaveSingleItem().Sources.ShouldBe(s_asked.Submission.Sources);

    private static JobRecord Job(long id, params string[] sources) => new(id, new JobSubmission("job", sources, "", 10), JobState.Done, JobWish.Run, sources.Length, DateTimeOffset.UnixEpoch);
}
