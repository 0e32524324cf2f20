using Sluice.Hosting.Cli;

namespace Sluice.Hosting.Tests.Cli;

public sealed class UsageTests : IDisposable
{
    private readonly CliRun _cli = new();

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task Run_WithoutArguments_ShowsTwoExamples()
    {
        (await _cli.RunAsync()).ShouldBe(ExitCodes.Usage);

        _cli.Out.ShouldBeEmpty();
        _cli.Error.ShouldContain("sluice ingest docs");
        _cli.Error.ShouldContain("sluice search \"how is memory kept flat\"");
    }

    [Theory]
    [InlineData("sluice: there is no verb 'ingst'; did you mean ingest?\nSee `sluice --help`.\n", "ingst", "docs")]
    [InlineData("sluice: there is no verb 'frobnicate'\nSee `sluice --help`.\n", "frobnicate")]
    [InlineData("sluice: there is no verb 'lst' below dead; did you mean list?\nSee `sluice dead --help`.\n", "dead", "lst")]
    [InlineData("sluice: sluice dead needs one of: list, show, replay, drop\nSee `sluice dead --help`.\n", "dead")]
    [InlineData("sluice: ingest needs PATH\nSee `sluice ingest --help`.\n", "ingest")]
    [InlineData("sluice: There is no question. Write it in quotes, or give a picture with --image FILE.\n", "search", "-k", "3")]
    [InlineData("sluice: sluice ingest has no option --dryrun; did you mean --dry-run?\nSee `sluice ingest --help`.\n", "ingest", "docs", "--dryrun")]
    [InlineData("sluice: sluice ingest has no option --jsn; did you mean --json?\nSee `sluice ingest --help`.\n", "ingest", "--jsn=1", "docs")]
    [InlineData("sluice: sluice ingest has no option --xyzzyx. Put -- in front of an argument that begins with a dash\nSee `sluice ingest --help`.\n", "ingest", "docs", "--xyzzyx")]
    [InlineData("sluice: sluice status has no option --jason; did you mean --json?\nSee `sluice status --help`.\n", "status", "--jason")]
    [InlineData("sluice: search takes no further argument: 'flat'. Put text of several words in quotes\nSee `sluice search --help`.\n", "search", "memory", "flat")]
    [InlineData("sluice: --to needs a value: --to URI\nSee `sluice ingest --help`.\n", "ingest", "docs", "--to")]
    [InlineData("sluice: --model may be given once\nSee `sluice ingest --help`.\n", "ingest", "docs", "--model", "a", "--model", "c")]
    [InlineData("sluice: The configuration has an error: option --limit 5000: sluice.search.limit = 5000 must be at least 1 and at most 1,000.\n", "search", "-k", "5000", "x")]
    [InlineData("sluice: The configuration has an error: option --mode fuzzy: sluice.search.mode = fuzzy is none of vector, full-text, hybrid.\n", "search", "--mode", "fuzzy", "x")]
    [InlineData("sluice: --set limit: write --set KEY=VALUE, for example --set search.limit=10.\n", "status", "--set", "limit")]
    [InlineData("sluice: The configuration has an error: --set search.limt: there is no setting sluice.search.limt; did you mean sluice.search.limit?\n", "status", "--set", "search.limt=3")]
    [InlineData("sluice: The configuration has an error: --config nope.hocon: there is no such file.\n", "status", "--config", "nope.hocon")]
    [InlineData("sluice: sluice.database = ./x.db is not a URI; for a file write sqlite:./x.db.\n", "status", "--from", "./x.db")]
    [InlineData("sluice: The question is empty.\n", "search", " ")]
    [InlineData("sluice: --allow s3//typo (sluice.http.sources): there is no file or folder {folder}/s3//typo. Write a path that exists, or a URI: http://host/path, s3://bucket/prefix/.\n", "serve", "--allow", "s3//typo")]
    [InlineData("sluice: --allow ftp://host/x (sluice.http.sources) is no location that jobs can read: Sluice reads no ftp:// locations (ftp://host/x); it reads folders, files, - for standard input, http(s):// URLs and s3:// buckets.\n", "serve", "--allow", "ftp://host/x")]
    [InlineData("sluice: Name the dead letters by their numbers (`sluice dead list` shows them), or all of them with --all.\n", "dead", "replay")]
    [InlineData("sluice: 'x' is not the number of a dead letter; `sluice dead list` shows them.\n", "dead", "drop", "x")]
    public async Task Run_Mistake_SaysWhatToDoAndReturns2(string message, params string[] args)
    {
        (await _cli.RunAsync(args)).ShouldBe(ExitCodes.Usage);

        _cli.Error.ShouldBe(message.Replace("{folder}/s3//typo", Path.Combine(_cli.Folder.Path, "s3/typo"), StringComparison.Ordinal));
        _cli.Out.ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_Help_IsHelp()
    {
        (await _cli.RunAsync("help", "ingest")).ShouldBe(ExitCodes.Success);
        var asVerb = _cli.Out;
        (await _cli.RunAsync("ingest", "--help")).ShouldBe(ExitCodes.Success);
        _cli.Out.ShouldBe(asVerb);
        (await _cli.RunAsync("help")).ShouldBe(ExitCodes.Success);
        _cli.Out.ShouldContain("sluice ingest docs");
    }

    [Fact]
    public async Task Ingest_JsonWithAWrongSetting_EndsWithJson()
    {
        (await _cli.RunAsync("ingest", "docs", "--json", "--chunk-size", "-1")).ShouldBe(ExitCodes.Usage);
        var json = System.Text.Json.JsonDocument.Parse(_cli.Out).RootElement;
        json.GetProperty("outcome").GetString().ShouldBe("failed");
        json.GetProperty("exitCode").GetInt32().ShouldBe(ExitCodes.Usage);
        json.GetProperty("error").GetString()!.ShouldContain("--chunk-size");
    }

    [Theory]
    [InlineData("--no-such-option", "ingest", "docs", "--json", "--no-such-option")]
    [InlineData("--chunk-size", "ingest", "docs", "--json", "--chunk-size")]
    [InlineData("needs", "ingest", "--json")]
    public async Task Ingest_JsonWithALineThatCannotBeRead_EndsWithJson(string named, params string[] args)
    {
        (await _cli.RunAsync(args)).ShouldBe(ExitCodes.Usage);
        var json = System.Text.Json.JsonDocument.Parse(_cli.Out).RootElement;
        (json.GetProperty("outcome").GetString(), json.GetProperty("exitCode").GetInt32()).ShouldBe(("failed", ExitCodes.Usage));
        json.GetProperty("error").GetString()!.ShouldContain(named);
        _cli.Error.ShouldContain(named);
    }

    [Fact]
    public async Task Doctor_SaysWhetherTextRecognitionCanWork()
    {
        await _cli.RunAsync("doctor", "--set", "parsing.ocr.mode=off", "--set", "model=./no-such-model");
        _cli.Out.ShouldContain("ocr         off (sluice.parsing.ocr.mode)");

        (await _cli.RunAsync("doctor", "--set", "parsing.ocr.models=./no-such-folder", "--set", "model=./no-such-model")).ShouldBe(ExitCodes.Failure);
        _cli.Out.ShouldContain("note    ocr         the models of text recognition are missing");
        _cli.Out.ShouldContain("sluice.parsing.ocr.models");
    }

    [Theory]
    [InlineData("search", "x")]
    [InlineData("status")]
    [InlineData("verify")]
    [InlineData("dead", "list")]
    public async Task Run_WithoutDatabase_SaysToIngestFirst(params string[] args)
    {
        (await _cli.RunAsync(args)).ShouldBe(ExitCodes.Usage);

        _cli.Error.ShouldBe($"sluice: There is no database at {_cli.DatabaseFile}. Run `sluice ingest PATH` first, or name another one with --from URI.\n");
    }

    [Fact]
    public async Task Help_OfTheProgram_ListsVerbsAndExitCodes()
    {
        (await _cli.RunAsync("--help")).ShouldBe(ExitCodes.Success);

        foreach (var word in new[] { "ingest", "search", "status", "dead", "verify", "models", "doctor", "bench", "--config", "Exit codes:", "130", "akka.hocon" })
        {
            _cli.Out.ShouldContain(word);
        }

        _cli.Error.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(40)]
    [InlineData(80)]
    [InlineData(200)]
    public async Task Help_OfEveryVerb_FitsTheWidth(int width)
    {
        _cli.Width = width;
        var (root, _) = SluiceProgram.CreateRoot();
        foreach (var command in root.Subcommands.SelectMany(static verb => verb.Subcommands.Select(sub => new[] { verb.Name, sub.Name }).Append([verb.Name])))
        {
            (await _cli.RunAsync([.. command, "--help"])).ShouldBe(ExitCodes.Success);

            _cli.Out.ShouldContain($"sluice {string.Join(' ', command)}");
            var long_ = _cli.Out.Split('\n').Where(line => line.Length > Math.Max(width, 40) && !line.TrimStart().StartsWith("sluice ", StringComparison.Ordinal) && !line.TrimStart().StartsWith('-'));
            long_.ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task Version_IsOneLine()
    {
        (await _cli.RunAsync("--version")).ShouldBe(ExitCodes.Success);
        _cli.Out.ShouldMatch(@"^sluice \d+\.\d+\.\d+\n$");
    }

    [Fact]
    public async Task Help_OfEveryOption_NamesItsSettingWhereItHasOne()
    {
        await _cli.RunAsync("ingest", "--help");
        _cli.Out.ShouldContain("(sluice.database)");
        _cli.Out.ShouldContain("(sluice.chunking.size)");
        _cli.Out.ShouldContain("sluice ingest PATH… [options]");
    }
}
