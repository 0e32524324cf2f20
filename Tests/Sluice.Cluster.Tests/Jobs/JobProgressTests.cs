using Sluice.Cluster.Jobs;
using Sluice.Cluster.Nodes;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;
using System.Text.Json;

namespace Sluice.Cluster.Tests.Jobs;

public sealed class JobProgressTests
{
    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Add_CountsThatFell_AreAddedToWhatWasBefore()
    {
        var progress = new JobProgress();
        progress.Add(Report("a", 70), s_start);
        progress.Add(Report("a", 5), s_start.AddSeconds(10)); // Restarted under the same address.
        Counted(progress).ShouldBe(75);
    }

    [Fact]
    public void Add_NodesThatComeAndGo_AreForgottenAndStayCounted()
    {
        var progress = new JobProgress();
        for (var number = 0; number < 500; number++)
        {
            progress.Add(Report($"node-{number}", 10), s_start.AddMinutes(number));
        }

        Counted(progress).ShouldBe(5_000);
        using var json = JsonDocument.Parse(progress.Write([]));
        json.RootElement.GetProperty("nodes").GetArrayLength().ShouldBeLessThanOrEqualTo(12);
        Counted(JobProgress.Read(progress.Write([]))).ShouldBe(5_000, "another coordinator goes on with it");
    }

    [Fact]
    public void Read_NodesThatGoOnReporting_AreNotCountedTwice()
    {
        var first = new JobProgress();
        first.Add(Report("a", 70), s_start);
        first.Add(Report("b", 30), s_start);
        var second = JobProgress.Read(first.Write([]));
        second.Add(Report("a", 75), s_start.AddSeconds(5));
        var third = JobProgress.Read(second.Write([])); // Before b was heard.
        third.Add(Report("a", 80), s_start.AddSeconds(9));
        third.Add(Report("b", 4), s_start.AddSeconds(9)); // Restarted meanwhile.
        Counted(third).ShouldBe(70 + 10 + 30 + 4);
    }

    [Fact]
    public async Task CountAsync_WalkEndsMeanwhile_IsNotCountedTwice()
    {
        var progress = new JobProgress();
        progress.Begin(new JobTicket(1, "job", ["/docs"], "", 10) { Walk = new Walk(7, new WalkSpec(SourceScope.Parse("/docs"), "sqlite:a.db", "c"), null) });
        var ledger = new TaskCompletionSource<Accounting>();
        var counting = progress.CountAsync(7, _ => ledger.Task, TimeProvider.System, CancellationToken.None);
        progress.EndSource(Documents(80));
        ledger.SetResult(Documents(79)); // Asked before the end, answered after it.
        await counting;
        Indexed(progress).ShouldBe(80);

        progress.Begin(new JobTicket(1, "job", ["/docs"], "", 10) { Walk = new Walk(8, new WalkSpec(SourceScope.Parse("/more"), "sqlite:a.db", "c"), null) });
        await progress.CountAsync(8, static _ => Task.FromResult(Documents(5)), TimeProvider.System, CancellationToken.None);
        Indexed(progress).ShouldBe(85, "the next source is counted at once");
    }

    private static Accounting Documents(long indexed) =>
        new(indexed, indexed, 0, new Dictionary<string, long>(StringComparer.Ordinal), new Dictionary<string, long>(StringComparer.Ordinal), 0);

    private static long Indexed(JobProgress progress)
    {
        using var json = JsonDocument.Parse(progress.Write([]));
        return json.RootElement.GetProperty("documents").GetProperty("indexed").GetInt64();
    }

    private static long Counted(JobProgress progress)
    {
        using var json = JsonDocument.Parse(progress.Write([]));
        return json.RootElement.GetProperty("counts").GetProperty("chunks.embedded").GetInt64();
    }

    private static NodeReport Report(string address, long embedded) =>
        new(address, 1, ["embed"], "1.0.0", 1, 0, false, [new JobReport(1, new Dictionary<string, long>(StringComparer.Ordinal) { ["chunks.embedded"] = embedded }, [], [])]);
}
