using Sluice.TestKit.Http;

namespace Sluice.Hosting.Tests.EndToEnd;

/// <summary>What can be given to <c>ingest</c>, and what is refused.</summary>
public sealed class SourceTests
{
    [Fact]
    public async Task Ingest_StandardInput_IsADocument()
    {
        using var place = await Workplace.CreateAsync();
        using var run = place.Start("ingest", "-", "--json");
        await run.Input.WriteAsync("# Tides\n\nThe moon pulls the water of the sea, twice a day.\n");
        run.Input.Close();

        var outcome = (await Workplace.EndOfAsync(run)).ShouldEnd(0);

        outcome["discovered"].ShouldBe(1);
        outcome["indexed"].ShouldBe(1);
        var found = (await place.RunAsync("search", "--json", "what pulls the sea")).ShouldEnd(0);
        found.Json[0].GetProperty("text").GetString()!.ShouldContain("The moon pulls");
        await place.VerifyAsync();
    }

    [Fact]
    public async Task Ingest_SingleFileThenItsFolder_EachIsASourceOfItsOwn()
    {
        using var place = await Workplace.CreateAsync();
        Corpus.WritePages(place);

        var file = (await place.RunAsync("ingest", "docs/moon.md", "--json")).ShouldEnd(0);
        file["discovered"].ShouldBe(1);
        (await place.SearchAsync("who walked there first"))[0].ShouldBe("moon.md");
        var folder = (await place.IngestAsync()).ShouldEnd(0);

        folder["discovered"].ShouldBe(Corpus.Pages);
        (await place.VerifyAsync()).ShouldBe((await place.UninterruptedAsync()).Count);
    }

    [Fact]
    public async Task Ingest_PageThenTheHostsRoot_EachIsASourceOfItsOwn()
    {
        await using var web = new LoopbackServer(static context => LoopbackServer.WriteAsync(
            context, 200, context.Request.RawUrl == "/" ? "<h1>Start</h1><p>The moon pulls the sea.</p>" : "<h1>Heron</h1><p>A heron waits below the weir.</p>", "text/html"));
        using var place = await Workplace.CreateAsync();
        var page = web.Address + "a.html";

        (await place.RunAsync("ingest", page, "--json", "--set", "source.http.allow-private-addresses=true")).ShouldEnd(0)["indexed"].ShouldBe(1);
        (await place.RunAsync("ingest", web.Address, "--json", "--set", "source.http.allow-private-addresses=true")).ShouldEnd(0)["removed"].ShouldBe(0);
        (await place.SearchAsync("who waits below the weir"))[0].ShouldBe("a.html");
        var both = (await place.RunAsync("ingest", page, web.Address, "--json", "--set", "source.http.allow-private-addresses=true")).ShouldEnd(0);

        both["removed"].ShouldBe(0);
        both["discovered"].ShouldBe(2);
        (await place.RunAsync("status")).ShouldEnd(0).Output.ShouldContain("indexed 1");
        await place.VerifyAsync();
    }

    [Fact]
    public async Task Ingest_MissingPath_NamesTheNearest()
    {
        using var place = await Workplace.CreateAsync();
        Corpus.WritePages(place);

        var run = await place.RunAsync("ingest", "dosc", "--json");

        run.ExitCode.ShouldBe(2, run.Errors);
        run.Errors.ShouldContain("dosc");
        run.Errors.ShouldContain("did you mean");
        run.Errors.ShouldContain("docs");
        File.Exists(place.Database).ShouldBeFalse();
    }

    [Fact]
    public async Task Ingest_DryRun_WritesNothing()
    {
        using var place = await Workplace.CreateAsync();
        Corpus.WritePages(place);

        var before = (await place.IngestAsync("--dry-run")).ShouldEnd(0);
        before["new"].ShouldBe(Corpus.Pages);
        Directory.EnumerateFileSystemEntries(place.Path).ShouldBe([place.Docs]);

        (await place.IngestAsync()).ShouldEnd(0);
        var chunks = await place.ChunksAsync();
        place.Write("later.md", "# Later\n\nA page that comes later.\n");
        var after = (await place.IngestAsync("--dry-run")).ShouldEnd(0);
        after["new"].ShouldBe(1);
        after["unchanged"].ShouldBe(Corpus.Pages);
        (await place.ChunksAsync()).ShouldBe(chunks, ignoreOrder: true);
    }

    [Theory]
    [InlineData("sluice.chunking.size", "ingest", "docs", "--set", "chunking.siez=64")]
    [InlineData("did you mean ingest", "ingset", "docs")]
    [InlineData("did you mean --json", "ingest", "docs", "--jsno")]
    [InlineData("takes 8 to 128 tokens", "ingest", "docs", "--chunk-size", "3")]
    [InlineData("ftp", "ingest", "docs", "--to", "ftp:somewhere")]
    [InlineData("write a port from 0", "ingest", "docs", "--dashboard-port", "abc")]
    [InlineData("The dashboard shows one database", "ingest", "docs", "--to", "sqlite:a.db", "--to", "sqlite:b.db", "--dashboard")]
    [InlineData("no-such-model", "ingest", "docs", "--model", "no-such-model")]
    public async Task Run_Mistake_IsToldInWords(string words, params string[] arguments)
    {
        using var place = await Workplace.CreateAsync();
        Corpus.WritePages(place);

        var run = await place.RunAsync(arguments);

        run.ExitCode.ShouldBe(2, run.Errors);
        run.Errors.ShouldContain(words);
        run.Errors.ShouldNotContain("unexpected");
        run.Output.ShouldBeEmpty();
        Directory.EnumerateFileSystemEntries(place.Path).ShouldBe([place.Docs]);
    }
}
