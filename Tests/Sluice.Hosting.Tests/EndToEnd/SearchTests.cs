using System.Text.Json;

namespace Sluice.Hosting.Tests.EndToEnd;

/// <summary>A folder is ingested, and questions are answered from it.</summary>
public sealed class SearchTests
{
    [Fact]
    public async Task Search_AfterIngest_FindsTheRightPageInEveryMode()
    {
        using var place = await Workplace.CreateAsync();
        Corpus.WritePages(place);

        var run = (await place.IngestAsync()).ShouldEnd(0);
        run["discovered"].ShouldBe(Corpus.Pages);
        run["indexed"].ShouldBe(Corpus.Pages);
        run.Embedded.ShouldBe(await place.VerifyAsync());
        run.Json.GetProperty("outcome").GetString().ShouldBe("complete");

        (await place.SearchAsync("why does a volcano erupt?"))[0].ShouldBe("volcanoes.md");
        (await place.SearchAsync("how do I make a loaf of bread"))[0].ShouldBe("bread.md");
        (await place.SearchAsync("--mode", "vector", "insects that collect nectar"))[0].ShouldBe("bees.html");
        (await place.SearchAsync("--mode", "fts", "rennet curdles milk"))[0].ShouldBe("cheese.md");
        (await place.SearchAsync("--mode", "full-text", "ballast tanks"))[0].ShouldBe("submarines.html");
        (await place.SearchAsync("--mode", "hybrid", "tuning the strings of a guitar"))[0].ShouldBe("guitar.md");

        var some = await place.SearchAsync("--uri", "**/*.html", "-k", "50", "baking a loaf of bread");
        some.ShouldNotBeEmpty();
        some.ShouldAllBe(static name => name.EndsWith(".html", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Search_Json_IsAnArrayOfPlacesWithTheirText()
    {
        using var place = await Workplace.CreateAsync();
        var file = place.Write("notes.md", "# Notes\n\nThe key to the cellar hangs behind the kitchen door.\n");
        (await place.IngestAsync()).ShouldEnd(0);

        var found = (await place.RunAsync("search", "--mode", "vector", "--json", "where is the cellar key")).ShouldEnd(0);

        found.Json.ValueKind.ShouldBe(JsonValueKind.Array);
        var hit = found.Json[0];
        new Uri(hit.GetProperty("uri").GetString()!).LocalPath.ShouldBe(file);
        hit.GetProperty("place").GetString().ShouldStartWith("docs/notes.md:");
        hit.GetProperty("score").GetDouble().ShouldBeInRange(0.2, 1.01);
        hit.GetProperty("text").GetString()!.ShouldContain("behind the kitchen door");

        var text = (await place.RunAsync("search", "where is the cellar key")).ShouldEnd(0);
        text.Output.ShouldContain("docs/notes.md:");
        text.Output.ShouldContain("behind the kitchen door");
    }

    [Fact]
    public async Task Search_NothingMatches_IsAnEmptyArrayAndSuccess()
    {
        using var place = await Workplace.CreateAsync();
        place.Write("notes.md", "# Notes\n\nThe key to the cellar hangs behind the kitchen door.\n");
        (await place.IngestAsync()).ShouldEnd(0);

        (await place.SearchAsync("--mode", "fts", "xylophone")).ShouldBeEmpty();
        (await place.SearchAsync("--uri", "**/nowhere/**", "cellar")).ShouldBeEmpty();
        (await place.RunAsync("search", "--mode", "fts", "xylophone")).ShouldEnd(0);
    }

    [Fact]
    public async Task Search_NoDatabase_SaysWhatToDo()
    {
        using var place = await Workplace.CreateAsync();

        foreach (var verb in new string[][] { ["search", "anything"], ["status"], ["verify"], ["dead", "list"] })
        {
            var run = (await place.RunAsync(verb)).ShouldEnd(2);
            run.Errors.ShouldContain("There is no database at");
            run.Errors.ShouldContain("sluice ingest PATH");
        }

        File.Exists(place.Database).ShouldBeFalse();
    }
}
