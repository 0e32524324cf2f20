using System.Text.Json;
using Sluice.Hosting.Cli;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Tests.Cli;

public sealed class SearchVerbTests : IDisposable
{
    private readonly CliRun _cli = new();
    private readonly TestSink _sink = new() { Collection = new("tiny", "f1", EmbeddingKind.Dense, 2, Distance.Cosine) };
    private string? _openedModel;

    public SearchVerbTests()
    {
        _cli.Folder.Write("sluice.db", "");
        var uri = new Uri(Path.Combine(_cli.Folder.Path, "docs/a b.md")).AbsoluteUri;
        _sink.Add(uri, "Memory is kept flat:\nevery buffer is bounded in bytes.", new(0, 50) { Line = 7 }, "Design", 1, 0);
        _sink.Add("file:///elsewhere/manual.pdf", "Pears are green \u001b[2J fruit.", new(0, 20) { Page = 12 }, null, 0, 1);
        _cli.Rooms = new TestRooms
        {
            Sink = () => _sink,
            Model = name =>
            {
                _openedModel = name;
                return new TestModel();
            },
        };
    }

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task Search_Question_ShowsBestFirstWithPlaceScoreAndText()
    {
        (await _cli.RunAsync("search", "how is memory kept flat")).ShouldBe(ExitCodes.Success);

        _cli.Out.ShouldBe("""
            1. Design > Memory > Flat
               docs/a b.md:7  1.000
               Memory is kept flat: every buffer is bounded in bytes.

            2. Memory > Flat
               /elsewhere/manual.pdf p. 12  0.000
               Pears are green [2J fruit.

            """);
        _cli.Error.ShouldBeEmpty();
        _openedModel.ShouldBe("tiny");
    }

    [Fact]
    public async Task Search_PictureWhereItMakesNoSense_SaysWhy()
    {
        _cli.Folder.Write("a.png", "");
        (await _cli.RunAsync("search", "--image", "a.png")).ShouldBe(ExitCodes.Usage);
        _cli.Error.ShouldContain("--image: the database's model tiny embeds text. Pictures are found by a picture where they were ingested with a model that embeds images");
        (await _cli.RunAsync("search", "--image", "a.png", "memory")).ShouldBe(ExitCodes.Usage);
        _cli.Error.ShouldContain("Search by a question or by a picture (--image), not by both.");
        (await _cli.RunAsync("search", "--image", "a.png", "--mode", "hybrid")).ShouldBe(ExitCodes.Usage);
        _cli.Error.ShouldContain("--mode hybrid searches by words, and a picture (--image) has none. Leave --mode out.");
        (await _cli.RunAsync("search")).ShouldBe(ExitCodes.Usage);
        _cli.Error.ShouldContain("There is no question. Write it in quotes, or give a picture with --image FILE.");
    }

    [Fact]
    public async Task Search_OnATerminal_MarksTheWords_UnlessNoColor()
    {
        _cli.IsTerminal = true;
        await _cli.RunAsync("search", "memory", "-k", "1");
        _cli.Out.ShouldContain("\u001b[1;33mMemory\u001b[0m");

        _cli.Environment["NO_COLOR"] = "1";
        await _cli.RunAsync("search", "memory", "-k", "1");
        _cli.Out.ShouldNotContain("\u001b");
    }

    [Fact]
    public async Task Search_Json_IsAnArrayOfHits()
    {
        (await _cli.RunAsync("search", "--json", "memory")).ShouldBe(ExitCodes.Success);

        using var json = JsonDocument.Parse(_cli.Out);
        json.RootElement.GetArrayLength().ShouldBe(2);
        var first = json.RootElement[0];
        first.GetProperty("place").GetString().ShouldBe("docs/a b.md:7");
        first.GetProperty("uri").GetString().ShouldEndWith("/docs/a%20b.md");
        first.GetProperty("score").GetDouble().ShouldBe(1);
        first.GetProperty("text").GetString().ShouldBe("Memory is kept flat:\nevery buffer is bounded in bytes.");
        first.GetProperty("line").GetInt32().ShouldBe(7);
        first.GetProperty("headings").GetArrayLength().ShouldBe(2);
        first.GetProperty("metadata").GetProperty("author").GetString().ShouldBe("Ada");
        json.RootElement[1].GetProperty("page").GetInt32().ShouldBe(12);
    }

    [Fact]
    public async Task Search_Options_ReachTheQuery()
    {
        (await _cli.RunAsync("search", "--mode", "hybrid", "-k", "7", "--uri", "docs/*.md", "--where", "author=Ada", "x")).ShouldBe(ExitCodes.Success);

        var query = _sink.LastQuery.ShouldNotBeNull();
        (query.Mode, query.Limit, query.UriGlob, query.Metadata["author"], query.Text).ShouldBe((SearchMode.Hybrid, 7, "docs/*.md", "Ada", "x"));
    }

    [Fact]
    public async Task Search_FullText_LoadsNoModel()
    {
        (await _cli.RunAsync("search", "--mode", "fts", "memory")).ShouldBe(ExitCodes.Success);

        _openedModel.ShouldBeNull();
        _sink.LastQuery!.Mode.ShouldBe(SearchMode.FullText);
        _sink.LastQuery.Embedding.ShouldBeNull();
    }

    [Fact]
    public async Task Search_NothingFound_IsSuccess()
    {
        (await _cli.RunAsync("search", "--where", "author=Nobody", "memory")).ShouldBe(ExitCodes.Success);
        _cli.Out.ShouldBeEmpty();
        _cli.Error.ShouldBe("nothing found\n");

        (await _cli.RunAsync("search", "--json", "--where", "author=Nobody", "memory")).ShouldBe(ExitCodes.Success);
        _cli.Out.ShouldBe("[]\n");
    }

    [Fact]
    public async Task Search_WhereWithoutValue_IsRefused()
    {
        (await _cli.RunAsync("search", "--where", "author", "x")).ShouldBe(ExitCodes.Usage);
        _cli.Error.ShouldBe("sluice: --where author: write --where KEY=VALUE, for example --where author=Knuth.\n");
    }

    [Fact]
    public async Task Run_UnexpectedFailure_IsOneParagraphAndATraceOnlyWhenAsked()
    {
        _cli.Rooms = new TestRooms();
        (await _cli.RunAsync("search", "x")).ShouldBe(ExitCodes.Failure);
        _cli.Error.ShouldBe("sluice: an unexpected failure: InvalidOperationException: This verb should not need this room. Run again with --verbose for the stack trace.\n");

        (await _cli.RunAsync("search", "x", "--verbose")).ShouldBe(ExitCodes.Failure);
        _cli.Error.ShouldContain("   at Sluice.");
    }
}
