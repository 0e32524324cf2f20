using System.Net.Http.Json;
using System.Text.Json;
using Sluice.TestKit.Documents;
using Sluice.TestKit.Models;

namespace Sluice.Hosting.Tests.EndToEnd;

/// <summary>The real program with models that embed images: pictures and pages are found by text. The networks know the colours of images and their words, and nothing else.</summary>
public sealed class ImageModelsTests
{
    [Fact]
    public async Task Ingest_FolderOfPictures_AreFoundByTextAndFollowTheirFiles()
    {
        using var place = await Workplace.CreateAsync();
        var model = Path.Combine(place.Path, "clip");
        VisualModels.WriteClip(model);
        foreach (var colour in VisualModels.Colours.Keys)
        {
            Write(place, $"{colour}.bmp", SampleImages.Bmp(60, 45, VisualModels.Pixels(colour, 60, 45)));
        }

        Write(place, "line.bmp", SampleImages.Bmp(3_000, 1, VisualModels.Pixels("green", 3_000, 1)));
        Write(place, "broken.bmp", SampleImages.Bmp(60, 45, VisualModels.Pixels("red", 60, 45))[..200]);
        place.Write("notes.md", "# Red\n\nred red red\n");

        (await place.RunAsync("models", "inspect", model)).ShouldEnd(0).Output.ShouldContain("pages and pictures, one vector each");
        var first = (await place.IngestAsync("--model", model)).ShouldEnd(3);
        first["indexed"].ShouldBe(5);
        first.Embedded.ShouldBe(5);
        first.Counts("skippedByReason").ShouldBe(new Dictionary<string, long>(StringComparer.Ordinal) { ["unsupported-type"] = 1 });
        first.Counts("deadByReason").ShouldBe(new Dictionary<string, long>(StringComparer.Ordinal) { ["corrupt"] = 1 });
        foreach (var colour in new[] { "red", "blue", "yellow" })
        {
            (await place.SearchAsync($"a {colour} car", "--mode", "vector", "--model", model))[0].ShouldBe($"{colour}.bmp");
        }

        (await place.SearchAsync("the green picture", "--mode", "vector", "--model", model))[..2].ShouldBe(["green.bmp", "line.bmp"], ignoreOrder: true);
        (await place.SearchAsync("blue", "--model", model))[0].ShouldBe("blue.bmp", "by its vector and by its name");
        foreach (var colour in new[] { "red", "yellow" })
        {
            var like = Path.Combine(place.Path, "like.bmp");
            File.WriteAllBytes(like, SampleImages.Bmp(31, 90, VisualModels.Pixels(colour, 31, 90)));
            (await place.RunAsync("search", "--json", "--image", like, "--model", model)).ShouldEnd(0).Json[0].GetProperty("uri").GetString().ShouldEndWith($"/{colour}.bmp");
        }

        (await place.RunAsync("search", "--image", Path.Combine(place.Docs, "broken.bmp"), "--model", model)).ShouldEnd(2).Errors.ShouldContain("broken.bmp: the image");
        (await place.RunAsync("search", "--image", place.Docs, "--model", model)).ShouldEnd(2).Errors.ShouldContain("it is a folder. Name one picture.");
        (await place.RunAsync("search", "--image", "nowhere.png", "--model", model)).ShouldEnd(2).Errors.ShouldContain("nowhere.png: it cannot be read (");

        var second = (await place.IngestAsync("--model", model)).ShouldEnd(3);
        second["unchanged"].ShouldBe(5);
        second.Embedded.ShouldBe(0);

        // A picture changes its colour, another one gets a twin, and a third goes.
        Write(place, "red.bmp", SampleImages.Bmp(60, 46, VisualModels.Pixels("yellow", 60, 46)));
        File.Copy(Path.Combine(place.Docs, "blue.bmp"), Path.Combine(place.Docs, "twin.bmp"));
        File.Delete(Path.Combine(place.Docs, "line.bmp"));
        File.Delete(Path.Combine(place.Docs, "broken.bmp"));
        var third = (await place.IngestAsync("--model", model)).ShouldEnd(0);
        third.Embedded.ShouldBe(1);
        third.Copied.ShouldBe(1);
        third.Deleted.ShouldBe(2);
        (await place.SearchAsync("yellow", "--mode", "vector", "--model", model))[..2].ShouldBe(["yellow.bmp", "red.bmp"], ignoreOrder: true);
        (await place.SearchAsync("blue", "--mode", "vector", "--model", model))[..2].ShouldBe(["blue.bmp", "twin.bmp"], ignoreOrder: true);
        (await place.VerifyAsync()).ShouldBe(5);
    }

    [Fact]
    public async Task Ingest_PagesOfPdfs_AreFoundByWhatIsSeenAndByTheirText()
    {
        using var place = await Workplace.CreateAsync();
        var model = Path.Combine(place.Path, "colpali");
        VisualModels.WriteColPali(model, colours: true);
        Write(place, "book.pdf", SampleDocuments.ColouredPdf([("blue", "about rivers"), ("red", "about weirs"), (null, "about boats")]));
        Write(place, "other.pdf", SampleDocuments.ColouredPdf([(null, "an index of mills"), ("green", "about locks")]));

        var first = (await place.IngestAsync("--model", model)).ShouldEnd(0);
        first["indexed"].ShouldBe(2);
        first.Embedded.ShouldBe(5);
        (await HitAsync("red", "vector")).ShouldBe(("book.pdf", 2, "about weirs"));
        (await HitAsync("green", "vector")).ShouldBe(("other.pdf", 2, "about locks"));
        (await HitAsync("blue", "vector")).ShouldBe(("book.pdf", 1, "about rivers"));
        var green = Path.Combine(place.Path, "green.bmp");
        File.WriteAllBytes(green, SampleImages.Bmp(50, 70, VisualModels.Pixels("green", 50, 70)));
        (await place.RunAsync("search", "--json", "--image", green, "--model", model)).ShouldEnd(0).Json[0].GetProperty("text").GetString().ShouldBe("about locks", "page by page");
        (await HitAsync("mills", "full-text")).ShouldBe(("other.pdf", 1, "an index of mills"));
        (await place.IngestAsync("--model", model)).ShouldEnd(0).Embedded.ShouldBe(0);

        // A page is put in front: the others keep their vectors.
        Write(place, "book.pdf", SampleDocuments.ColouredPdf([("yellow", "a new cover"), ("blue", "about rivers"), ("red", "about weirs"), (null, "about boats")]));
        (await place.IngestAsync("--model", model)).ShouldEnd(0).Embedded.ShouldBe(1);
        (await HitAsync("red", "vector")).ShouldBe(("book.pdf", 3, "about weirs"));
        (await place.VerifyAsync()).ShouldBe(6);

        async Task<(string File, int Page, string Text)> HitAsync(string question, string mode)
        {
            var hit = (await place.RunAsync("search", "--json", question, "--mode", mode, "--model", model)).ShouldEnd(0).Json[0];
            return (Path.GetFileName(new Uri(hit.GetProperty("uri").GetString()!).LocalPath), hit.GetProperty("page").GetInt32(), hit.GetProperty("text").GetString()!);
        }
    }

    [Fact]
    public async Task Serve_ModelThatEmbedsImages_SearchesPicturesAndEmbedsTextsBesideThem()
    {
        using var place = await Workplace.CreateAsync();
        var model = Path.Combine(place.Path, "clip");
        VisualModels.WriteClip(model);
        foreach (var colour in VisualModels.Colours.Keys)
        {
            Write(place, $"{colour}.bmp", SampleImages.Bmp(60, 45, VisualModels.Pixels(colour, 60, 45)));
        }

        (await place.IngestAsync("--model", model)).ShouldEnd(0);
        using var run = place.Start("serve", "--http", "127.0.0.1:0");
        using var patience = new CancellationTokenSource(Workplace.Patience);
        using var client = new HttpClient { BaseAddress = await run.ReadyAsync(patience.Token) };
        foreach (var colour in VisualModels.Colours.Keys)
        {
            var found = await client.GetFromJsonAsync<JsonElement>(new Uri($"api/v1/search?q=a+{colour}+car&mode=vector", UriKind.Relative), patience.Token);
            found.GetProperty("hits")[0].GetProperty("uri").GetString().ShouldEndWith($"/{colour}.bmp");
        }

        using var answer = await client.PostAsJsonAsync(new Uri("v1/embeddings", UriKind.Relative), new { input = new[] { "a red car", "the picture" }, input_type = "query" }, patience.Token);
        var embeddings = await answer.Content.ReadFromJsonAsync<JsonElement>(patience.Token);
        answer.IsSuccessStatusCode.ShouldBeTrue(embeddings.ToString());
        float[] red = [.. embeddings.GetProperty("data")[0].GetProperty("embedding").EnumerateArray().Select(static value => value.GetSingle())];
        var length = MathF.Sqrt(3);
        red.ShouldBe([1 / length, -1 / length, -1 / length], 0.01, "the vector of red pictures");
        await run.SignalAsync("INT");
        await run.ExitedAsync(patience.Token);
        run.ExitCode.ShouldBe(0, string.Join('\n', run.Errors));
    }

    private static void Write(Workplace place, string name, byte[] content) => File.WriteAllBytes(Path.Combine(place.Docs, name), content);
}
