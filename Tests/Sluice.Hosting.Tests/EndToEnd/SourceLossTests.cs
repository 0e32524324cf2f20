using Sluice.Faults;
using Sluice.TestKit.Http;

namespace Sluice.Hosting.Tests.EndToEnd;

/// <summary>Sources that go away, at once or in part, with the real program: nothing is lost, and it says so.</summary>
public sealed class SourceLossTests
{
    private const int Files = 60;

    [Fact]
    public async Task Ingest_FolderMovedAwayInMidRunAndBackUntouched_LosesNothing()
    {
        using var place = await Workplace.CreateAsync();
        Corpus.WriteMany(place, Files, paragraphs: 4);
        (await place.IngestAsync()).ShouldEnd(0);
        var before = await place.ChunksAsync();
        EditAll(place);

        using var run = await StartedAsync(place, "pipeline.root-patience=1s");
        var away = Path.Combine(place.Path, "away");
        Directory.Move(place.Docs, away);
        await run.SignalAsync("CONT");
        var lost = await Workplace.EndOfAsync(run);

        lost.ExitCode.ShouldBe(1, lost.Errors);
        lost.Errors.ShouldContain("did not come back within 1 s");
        lost.Errors.ShouldContain("nothing was removed");
        (await place.ChunksAsync()).Count.ShouldBeGreaterThanOrEqualTo(before.Count - Files);

        Directory.Move(away, place.Docs);
        var next = (await place.IngestAsync()).ShouldEnd(0);
        (next["indexed"] + next["unchanged"]).ShouldBe(Files);
        (await place.RunAsync("dead", "list", "--json")).ShouldEnd(0).Json.GetArrayLength().ShouldBe(0);
        await place.VerifyAsync();
        (await place.ChunksAsync()).ShouldBe(await place.UninterruptedAsync(), ignoreOrder: true);
    }

    [Fact]
    public async Task Ingest_FolderMovedAwayAndBackWhileItRuns_WaitsAndGoesOn()
    {
        using var place = await Workplace.CreateAsync();
        Corpus.WriteMany(place, Files, paragraphs: 4);
        (await place.IngestAsync()).ShouldEnd(0);
        EditAll(place);

        using var run = await StartedAsync(place, "pipeline.root-patience=5m");
        var away = Path.Combine(place.Path, "away");
        Directory.Move(place.Docs, away);
        await run.SignalAsync("CONT");
        using var patience = new CancellationTokenSource(Workplace.Patience);
        await run.LineAsync(static line => line.Contains("the source is away", StringComparison.Ordinal), patience.Token);
        Directory.Move(away, place.Docs);

        (await Workplace.EndOfAsync(run)).ShouldEnd(0)["indexed"].ShouldBe(Files);
        await place.VerifyAsync();
        (await place.ChunksAsync()).ShouldBe(await place.UninterruptedAsync(), ignoreOrder: true);
    }

    [Fact]
    public async Task Ingest_PageWhoseServerIsAway_WaitsAndKeepsIt()
    {
        const string page = "<!doctype html><title>Locks</title><h1>Locks</h1><p>A lock lifts a boat from the lower to the upper water.</p>";
        using var place = await Workplace.CreateAsync();
        string address;
        await using (var server = new LoopbackServer(context => LoopbackServer.WriteAsync(context, 200, page, "text/html")))
        {
            address = server.Address;
            (await place.RunAsync(PageArguments(address))).ShouldEnd(0)["indexed"].ShouldBe(1);
        }

        var before = await place.ChunksAsync();
        before.ShouldNotBeEmpty();
        using var run = place.Start(PageArguments(address));
        using var patience = new CancellationTokenSource(Workplace.Patience);
        await run.LineAsync(static line => line.Contains("the source is away", StringComparison.Ordinal), patience.Token);
        (await place.ChunksAsync()).ShouldBe(before, ignoreOrder: true);

        await using (var server = new LoopbackServer(context => LoopbackServer.WriteAsync(context, 200, page, "text/html"), address))
        {
            var outcome = (await Workplace.EndOfAsync(run)).ShouldEnd(0);
            (outcome["unchanged"] + outcome["indexed"], outcome.Embedded, outcome["dead"], outcome["removed"]).ShouldBe((1, 0, 0, 0));
            outcome.Errors.ShouldContain("the source answers again");
        }

        (await place.ChunksAsync()).ShouldBe(before, ignoreOrder: true);
        await place.VerifyAsync();
    }

    [Fact]
    public async Task Ingest_PageWhoseServerStaysAway_IsStoppedByCtrlCAndKept()
    {
        using var place = await Workplace.CreateAsync();
        string address;
        await using (var server = new LoopbackServer(static context => LoopbackServer.WriteAsync(context, 200, "<!doctype html><h1>Weirs</h1><p>A weir holds the water of a river.</p>", "text/html")))
        {
            address = server.Address;
            (await place.RunAsync(PageArguments(address))).ShouldEnd(0);
        }

        var before = await place.ChunksAsync();
        using var run = place.Start(PageArguments(address));
        using var patience = new CancellationTokenSource(Workplace.Patience);
        await run.LineAsync(static line => line.Contains("the source is away", StringComparison.Ordinal), patience.Token);
        await run.SignalAsync("INT");
        (await Workplace.EndOfAsync(run)).ShouldEnd(130);
        (await place.ChunksAsync()).ShouldBe(before, ignoreOrder: true);
    }

    [Fact]
    public async Task Ingest_MountPointThatIsNotQuiteEmpty_AsksBeforeItRemovesAnything()
    {
        using var place = await Workplace.CreateAsync();
        Corpus.WriteMany(place, Files, paragraphs: 2);
        (await place.IngestAsync()).ShouldEnd(0);
        var before = await place.ChunksAsync();
        Directory.Move(place.Docs, Path.Combine(place.Path, "unmounted"));
        place.Write("README.txt", "Nothing is mounted here.");

        var asked = (await place.IngestAsync()).ShouldEnd(2);
        (asked["removed"], asked["withheld"], asked["indexed"]).ShouldBe((0, Files, 1));
        asked.Errors.ShouldContain("60 of the 60 documents");
        asked.Errors.ShouldContain("--prune");
        (await place.ChunksAsync()).IsSupersetOf(before).ShouldBeTrue();

        (await place.IngestAsync("--no-prune")).ShouldEnd(0)["removed"].ShouldBe(0);
        var meant = (await place.IngestAsync("--prune")).ShouldEnd(0);
        meant["removed"].ShouldBe(Files);
        (await place.ChunksAsync()).Count.ShouldBe(1);
        await place.VerifyAsync();
        var status = (await place.RunAsync("status", "--removed", "--json")).ShouldEnd(0);
        status.Json.GetProperty("removed").GetArrayLength().ShouldBe(Files);
        status.Json.GetProperty("sources")[0].GetProperty("removed").GetInt64().ShouldBe(Files);
        (await place.RunAsync("status")).ShouldEnd(0).Output.ShouldContain("Removed lately");
    }

    /// <summary>A run that has embedded something and stands still; it reads no document before the one in front of it is stored, so that there are some left to read.</summary>
    private static async Task<SluiceProcess> StartedAsync(Workplace place, string setting)
    {
        var run = place.StartSlowly("--set", "pipeline.documents-in-flight=1", "--set", setting);
        await Workplace.EmbeddingAsync(run);
        await run.SignalAsync("STOP");
        return run;
    }

    private static void EditAll(Workplace place)
    {
        foreach (var file in Directory.GetFiles(place.Docs, "*.md", SearchOption.AllDirectories))
        {
            File.AppendAllText(file, $"Added later to {Path.GetFileName(file)}: words about locks and weirs.\n");
        }
    }

    private static string[] PageArguments(string address) =>
        ["ingest", address + "a.html", "--json", "--set", "source.http.allow-private-addresses=true", "--set", "pipeline.max-retry-delay=500ms"];
}
