using System.Globalization;

namespace Sluice.Hosting.Tests.EndToEnd;

/// <summary>Only change costs: what further runs over the same folder do.</summary>
public sealed class IncrementalTests
{
    [Fact]
    public async Task Ingest_Unchanged_DoesNothing()
    {
        using var place = await Workplace.CreateAsync();
        Corpus.WritePages(place);
        var first = (await place.IngestAsync()).ShouldEnd(0);

        var second = (await place.IngestAsync()).ShouldEnd(0);
        Unchanged(second, Corpus.Pages);

        File.SetLastWriteTimeUtc(Path.Combine(place.Docs, "chess.md"), new DateTime(2031, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        var touched = (await place.IngestAsync()).ShouldEnd(0);
        Unchanged(touched, Corpus.Pages);
        (await place.VerifyAsync()).ShouldBe(first.Embedded);
    }

    [Fact]
    public async Task Ingest_OneParagraphEdited_EmbedsThatParagraphOnly()
    {
        using var place = await Workplace.CreateAsync();
        Corpus.WritePages(place);
        string[] parts = [.. Enumerable.Range(0, 6).Select(static n => string.Create(CultureInfo.InvariantCulture, $"# Chapter {n}\n\n{Corpus.Sentences(n, 60)}\n\n"))];
        place.Write("book.md", string.Concat(parts));
        (await place.IngestAsync()).ShouldEnd(0);
        var before = await place.ChunksAsync();

        parts[3] = "# Chapter 3\n\nThe zeppelin crossed the lake at dawn and nobody saw it land.\n\n";
        place.Write("book.md", string.Concat(parts));
        var edited = (await place.IngestAsync()).ShouldEnd(0);

        edited["indexed"].ShouldBe(1);
        edited["unchanged"].ShouldBe(Corpus.Pages);
        edited.Embedded.ShouldBeInRange(1, 2);
        edited.Reused.ShouldBeGreaterThanOrEqualTo(3);
        edited.Deleted.ShouldBeGreaterThanOrEqualTo(1);
        var after = await place.ChunksAsync();
        after.Except(before).Count().ShouldBe((int)edited.Embedded);
        before.Except(after).Count().ShouldBe((int)edited.Deleted);
        (await place.VerifyAsync()).ShouldBe(after.Count);
        after.ShouldBe(await place.UninterruptedAsync(), ignoreOrder: true);
        (await place.SearchAsync("--mode", "fts", "zeppelin"))[0].ShouldBe("book.md");
    }

    [Fact]
    public async Task Ingest_FilesDeleted_RemovesTheirChunks()
    {
        using var place = await Workplace.CreateAsync();
        Corpus.WritePages(place);
        (await place.IngestAsync()).ShouldEnd(0);
        var before = await place.ChunksAsync();
        File.Delete(Path.Combine(place.Docs, "bread.md"));
        File.Delete(Path.Combine(place.Docs, "bees.html"));

        var kept = (await place.IngestAsync("--no-prune")).ShouldEnd(0);
        kept["removed"].ShouldBe(0);
        (await place.ChunksAsync()).ShouldBe(before, ignoreOrder: true);

        var pruned = (await place.IngestAsync()).ShouldEnd(0);
        pruned["removed"].ShouldBe(2);
        Unchanged(pruned, Corpus.Pages - 2);
        var after = await place.ChunksAsync();
        pruned.Deleted.ShouldBe(before.Count - after.Count);
        (await place.VerifyAsync()).ShouldBe(after.Count);
        after.ShouldBe(await place.UninterruptedAsync(), ignoreOrder: true);
        var found = await place.SearchAsync("-k", "100", "a loaf of bread and honey bees");
        found.ShouldNotContain("bread.md");
        found.ShouldNotContain("bees.html");
    }

    [Fact]
    public async Task Ingest_FilesRenamed_EmbedsNothing()
    {
        using var place = await Workplace.CreateAsync();
        Corpus.WritePages(place);
        var first = (await place.IngestAsync()).ShouldEnd(0);
        foreach (var name in new[] { "bread.md", "chess.md", "coffee.html" })
        {
            Directory.CreateDirectory(Path.Combine(place.Docs, "moved"));
            File.Move(Path.Combine(place.Docs, name), Path.Combine(place.Docs, "moved", "new-" + name));
        }

        var renamed = (await place.IngestAsync()).ShouldEnd(0);

        renamed["indexed"].ShouldBe(3);
        renamed["removed"].ShouldBe(3);
        renamed.Embedded.ShouldBe(0);
        renamed.Copied.ShouldBe(renamed.Deleted);
        renamed.Copied.ShouldBeGreaterThanOrEqualTo(3);
        (await place.VerifyAsync()).ShouldBe(first.Embedded);
        (await place.ChunksAsync()).ShouldBe(await place.UninterruptedAsync(), ignoreOrder: true);
        (await place.SearchAsync("how do I make a loaf of bread"))[0].ShouldBe("new-bread.md");
    }

    [Fact]
    public async Task Ingest_FolderEmptied_RemovesNothingWithoutConsent()
    {
        using var place = await Workplace.CreateAsync();
        Corpus.WritePages(place);
        var first = (await place.IngestAsync()).ShouldEnd(0);
        foreach (var file in Directory.GetFiles(place.Docs))
        {
            File.Delete(file);
        }

        var emptied = (await place.IngestAsync()).ShouldEnd(2);
        (emptied["removed"], emptied["withheld"]).ShouldBe((0, Corpus.Pages));
        emptied.Errors.ShouldContain("nothing was removed");
        emptied.Errors.ShouldContain("--yes");
        (await place.VerifyAsync()).ShouldBe(first.Embedded);

        var agreed = (await place.IngestAsync("--yes")).ShouldEnd(0);
        agreed["removed"].ShouldBe(Corpus.Pages);
        agreed.Deleted.ShouldBe(first.Embedded);
        (await place.VerifyAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Ingest_ChunkSizeChanged_AsksFirst()
    {
        using var place = await Workplace.CreateAsync();
        Corpus.WritePages(place);
        (await place.IngestAsync()).ShouldEnd(0);
        var before = await place.ChunksAsync();

        var refused = await place.IngestAsync("--chunk-size", "48");
        refused.ExitCode.ShouldBe(2);
        refused["exitCode"].ShouldBe(2);
        refused.Json.GetProperty("outcome").GetString().ShouldBe("failed");
        refused.Errors.ShouldContain($"{Corpus.Pages} documents are read and embedded again");
        refused.Errors.ShouldContain("--yes");
        (await place.ChunksAsync()).ShouldBe(before, ignoreOrder: true);
        Unchanged((await place.IngestAsync()).ShouldEnd(0), Corpus.Pages);

        var agreed = (await place.IngestAsync("--chunk-size", "48", "--yes")).ShouldEnd(0);
        agreed["indexed"].ShouldBe(Corpus.Pages);
        var after = await place.ChunksAsync();
        after.Count.ShouldBeGreaterThan(before.Count);
        agreed.Embedded.ShouldBe(after.Except(before).Count());
        (await place.VerifyAsync()).ShouldBe(after.Count);
        Unchanged((await place.IngestAsync("--chunk-size", "48")).ShouldEnd(0), Corpus.Pages);
    }

    private static void Unchanged(Outcome run, int documents)
    {
        run["discovered"].ShouldBe(documents);
        run["unchanged"].ShouldBe(documents);
        run["indexed"].ShouldBe(0);
        run.Embedded.ShouldBe(0);
    }
}
