using System.Globalization;
using Sluice.Faults;

namespace Sluice.Hosting.Tests.EndToEnd;

/// <summary>Runs that are stopped, killed or doubled: the next one completes, exactly.</summary>
public sealed class InterruptionTests
{
    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Ingest_Signalled_StopsCleanlyAndTheNextRunCompletes(string signal)
    {
        using var place = await Workplace.CreateAsync();
        Corpus.WriteMany(place);
        using var run = place.StartSlowly();
        await Workplace.EmbeddingAsync(run);

        await run.SignalAsync(signal);
        (await run.ExitedWithinAsync(TimeSpan.FromSeconds(30))).ShouldBeTrue("it should stop within seconds");

        var stopped = (await Workplace.EndOfAsync(run)).ShouldEnd(130);
        stopped.Json.GetProperty("outcome").GetString().ShouldBe("stopped");
        stopped["pending"].ShouldBeGreaterThan(0);
        stopped.Embedded.ShouldBeGreaterThan(0);
        stopped.Errors.ShouldContain("stopping cleanly");
        stopped.Errors.ShouldContain("run the same command again");
        var stored = await place.VerifyAsync();
        var rest = await CompleteAsync(place);

        // What is stored is not embedded again.
        stored.ShouldBeInRange(0, stopped.Embedded);
        (stored + rest.Embedded).ShouldBe(await place.VerifyAsync());
    }

    [Fact]
    public async Task Ingest_SignalledTwice_EndsAtOnceAndLosesNothing()
    {
        using var place = await Workplace.CreateAsync();
        Corpus.WriteMany(place);
        using var run = place.StartSlowly();
        await Workplace.EmbeddingAsync(run);

        await run.SignalAsync("INT");
        await run.SignalAsync("INT");
        (await run.ExitedWithinAsync(TimeSpan.FromSeconds(20))).ShouldBeTrue("it should end at once");

        run.ExitCode.ShouldBe(130);
        await CompleteAsync(place);
    }

    [Fact]
    public async Task Ingest_TwiceAtOnce_TheSecondSaysWhoHoldsTheDatabase()
    {
        using var place = await Workplace.CreateAsync();
        Corpus.WriteMany(place);
        using var run = place.StartSlowly();
        await Workplace.EmbeddingAsync(run);
        await run.SignalAsync("STOP"); // As long as the rest takes; a run that hangs holds the database as well.

        var second = await place.IngestAsync();
        second.ExitCode.ShouldBe(1);
        second.Errors.ShouldContain(string.Create(CultureInfo.InvariantCulture, $"PID {run.Id} "));
        second.Errors.ShouldContain("ingest docs");
        second["exitCode"].ShouldBe(1);

        // Who only reads is not kept out.
        (await place.RunAsync("search", "--json", "river and stone")).ShouldEnd(0);
        (await place.RunAsync("status")).ShouldEnd(0);

        await run.SignalAsync("CONT");
        (await Workplace.EndOfAsync(run)).ShouldEnd(0);
        await place.VerifyAsync();
    }

    [Fact]
    public async Task Ingest_KilledAtRandomMoments_EndsExactly()
    {
        using var place = await Workplace.CreateAsync();
        Corpus.WriteMany(place, files: 30, paragraphs: 6);
        using var patience = new CancellationTokenSource(Workplace.Patience);
        var log = new List<string>();
        var runs = Directory.CreateDirectory(Path.Combine(place.Path, "runs")).FullName;

        var result = await new KillRun(place.Docs, runs, log.Add) { Environment = Workplace.Environment }.RunAsync(kills: 5, seed: 7, patience.Token);

        result.Kills.ShouldBe(5);
        result.Expected.ShouldBeGreaterThan(100);
        result.IsExact.ShouldBeTrue($"{result}\n{string.Join('\n', log)}");
    }

    private static async Task<Outcome> CompleteAsync(Workplace place)
    {
        var rest = (await place.IngestAsync()).ShouldEnd(0);
        rest["pending"].ShouldBe(0);
        rest["discovered"].ShouldBe(Directory.GetFiles(place.Docs, "*", SearchOption.AllDirectories).Length);
        await place.VerifyAsync();
        (await place.ChunksAsync()).ShouldBe(await place.UninterruptedAsync(), ignoreOrder: true);
        return rest;
    }
}
