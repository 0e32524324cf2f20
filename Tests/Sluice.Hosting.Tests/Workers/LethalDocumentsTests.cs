using Sluice.Actors.Parsing;
using Sluice.Actors.Parsing.Workers;
using Sluice.Streams.Failures;
using Sluice.TestKit.Hostile;

namespace Sluice.Hosting.Tests.Workers;

/// <summary>Documents that end, hang or bloat the process that parses them: each is a dead letter with its true reason, and this process goes on.</summary>
public sealed class LethalDocumentsTests
{
    public static TheoryData<string> Names => [.. LethalPdfs.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task ParseAsync_LethalDocument_IsDeadWithItsReasonAndTheNextOneIsRead(string name)
    {
        var (bytes, harm) = LethalPdfs.All[name];
        await using var lab = new WorkerLab(new ParsingOptions { SectionTimeout = TimeSpan.FromSeconds(harm == LethalPdfs.Harm.Hang ? 10 : 120), Workers = new() { MaxMemoryBytes = 512 << 20 } });

        var (_, rejection) = await lab.ReadAsync(bytes, name);

        rejection.ShouldNotBeNull();
        rejection.Verdict.ShouldBe(Verdict.Dead);
        rejection.Reason.ShouldBe(harm switch { LethalPdfs.Harm.Crash => Reasons.Crashed, LethalPdfs.Harm.Bloat => Reasons.Bomb, _ => Reasons.TimedOut }, rejection.Message);
        rejection.Message.ShouldContain(harm switch { LethalPdfs.Harm.Crash => "2 times, by a stack overflow", LethalPdfs.Harm.Bloat => "512 MiB", _ => "10 s" });
        lab.Pool.Workers.ShouldBeEmpty("a worker that was harmed takes no other document");
        lab.Pool.PeakMemory.ShouldBeLessThan(800L << 20);
        var (sections, none) = await lab.ReadAsync("<p>An innocent page.</p>"u8.ToArray(), "good.html");
        none.ShouldBeNull();
        sections.ShouldContain(static section => section.Text == "An innocent page.");
    }

    [Fact]
    public async Task ParseAsync_LethalDocumentsAmongGoodOnes_AllGoodOnesAreRead()
    {
        await using var lab = new WorkerLab(new ParsingOptions { SectionTimeout = TimeSpan.FromSeconds(20), Workers = new() { MaxMemoryBytes = 512 << 20 } }, count: 2);
        var documents = Enumerable.Range(0, 60).Select(static number => ($"{number}.html", System.Text.Encoding.UTF8.GetBytes($"<p>Page {number}.</p>"), (string?)null))
            .Concat(LethalPdfs.All.Select(static pair => (pair.Key, pair.Value.Bytes, (string?)"dead")))
            .OrderBy(static document => document.Item2.Length % 7).ToList();

        await Parallel.ForEachAsync(documents, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (document, _) =>
        {
            var (sections, rejection) = await lab.ReadAsync(document.Item2, document.Item1);
            (rejection is not null).ShouldBe(document.Item3 is not null, rejection?.Message);
            sections.Any(section => section.Text.StartsWith("Page", StringComparison.Ordinal)).ShouldBe(document.Item3 is null);
        });
    }
}
