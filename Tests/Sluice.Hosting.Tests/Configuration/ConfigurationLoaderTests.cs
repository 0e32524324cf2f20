using System.ComponentModel.DataAnnotations;
using Sluice.Actors.Parsing;
using Sluice.Hosting.Configuration;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Tests.Configuration;

public sealed class ConfigurationLoaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private SluiceSettings Load(
        string? user = null,
        IReadOnlyDictionary<string, string>? environment = null,
        params CommandLineSetting[] overrides)
    {
        if (user is not null)
        {
            _folder.Write("akka.hocon", user);
        }

        return ConfigurationLoader.Load(new()
        {
            DefaultsFile = Repository.PathTo("akka.hocon"),
            WorkingDirectory = _folder.Path,
            Environment = environment ?? new Dictionary<string, string>(),
            Overrides = overrides,
        });
    }

    private string Fails(string? user = null, IReadOnlyDictionary<string, string>? environment = null, params CommandLineSetting[] overrides) =>
        Should.Throw<ConfigurationException>(() => Load(user, environment, overrides)).Message;

    [Fact]
    public void Load_Nothing_GivesTheDefaults()
    {
        var settings = Load();

        settings.Get<SluiceOptions>().Database.ShouldBe("sqlite:./sluice.db");
        settings.Get<ParsingOptions>().MaxDocumentBytes.ShouldBe(16L << 30);
        settings.Effective.ShouldAllBe(static setting => setting.IsDefault);
        settings.Files.ShouldBe([Repository.PathTo("akka.hocon")]);
        settings.AkkaText.ShouldContain("provider = local");
    }

    [Fact]
    public void Load_EachSource_IsStrongerThanTheOneBefore()
    {
        const string user = "sluice.search { limit = 6, mode = hybrid, snippet-lines = 1 }\nsluice.parsing.max-nesting = 20";
        var environment = new Dictionary<string, string> { ["SLUICE_SEARCH__LIMIT"] = "7", ["SLUICE_SEARCH__MODE"] = "full-text" };

        var settings = Load(user, environment, new CommandLineSetting("search.limit", "8", "--set search.limit=8"));

        var search = settings.Get<SearchOptions>();
        (search.Limit, search.Mode, search.SnippetLines).ShouldBe((8, SearchMode.FullText, 1));
        settings.Get<ParsingOptions>().MaxNesting.ShouldBe(20);
        var origins = settings.Effective.ToDictionary(static setting => setting.Path, static setting => setting.Origin);
        origins["sluice.search.limit"].ShouldBe("--set search.limit=8");
        origins["sluice.search.mode"].ShouldBe("environment variable SLUICE_SEARCH__MODE");
        origins["sluice.search.snippet-lines"].ShouldBe("akka.hocon:1");
        origins["sluice.parsing.max-nesting"].ShouldBe("akka.hocon:2");
        settings.Effective.Count(static setting => !setting.IsDefault).ShouldBe(4);
    }

    [Fact]
    public void Load_SmallestLegalValues_AreTaken()
    {
        var settings = Load("sluice { parsing { max-document-bytes = 1, max-whole-document-bytes = 1, max-expansion-ratio = 2, max-expanded-bytes = 1, max-nesting = 8, section-timeout = 1s }, search { limit = 1, snippet-lines = 0 }, display { refresh = 50ms, plain-interval = 100ms } }");

        settings.Get<ParsingOptions>().SectionTimeout.ShouldBe(TimeSpan.FromSeconds(1));
        settings.Get<SearchOptions>().Limit.ShouldBe(1);
        settings.Get<DisplayOptions>().Refresh.ShouldBe(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public void Load_EveryMistake_IsToldInOneMessage()
    {
        const string user = """
            sluice {
              databse = x
              parsing {
                max-nesting = 5
                max-nestin = 9
                section-timeout = 30
                max-document-bytes = lots
                max-expansion-ratio = 1.5
              }
              search.mode = hybird
              search.limit = [1, 2]
              prune = maybe
              serach { limit = 1 }
              search = 3
            }
            sluce.a = 1
            """;
        var environment = new Dictionary<string, string> { ["SLUICE_SEARCH__LIMT"] = "7", ["SLUICE_DATABSE"] = "x", ["SLUICE_SERVICE_HOST"] = "10.0.0.1", ["SLUICE_CACHE"] = "/c" };

        Fails(user, environment, new CommandLineSetting("search.limit", "1001", "-k 1001")).ShouldBe("""
            The configuration has 14 errors:
              - akka.hocon:16: there is no setting sluce; did you mean sluice?
              - akka.hocon:2: there is no setting sluice.databse; did you mean sluice.database?
              - akka.hocon:5: there is no setting sluice.parsing.max-nestin; did you mean sluice.parsing.max-nesting?
              - akka.hocon:13: there is no setting sluice.serach.limit; did you mean sluice.search.limit?
              - akka.hocon:14: sluice.search is a group of settings, not a setting; write for example sluice.search.mode.
              - environment variable SLUICE_DATABSE: there is no such setting; did you mean SLUICE_DATABASE?
              - environment variable SLUICE_SEARCH__LIMT: there is no such setting; did you mean SLUICE_SEARCH__LIMIT?
              - akka.hocon:12: sluice.prune = maybe is none of ask, always, never.
              - akka.hocon:7: sluice.parsing.max-document-bytes = lots is not a size; write bytes, or a number with its unit: 512KiB, 64MiB, 2GiB.
              - akka.hocon:8: sluice.parsing.max-expansion-ratio = 1.5 is not a whole number.
              - akka.hocon:4: sluice.parsing.max-nesting = 5 must be at least 8 and at most 10,000.
              - akka.hocon:6: sluice.parsing.section-timeout = 30 is not a duration; write a number with its unit: 500ms, 30s, 2m, 1h.
              - akka.hocon:10: sluice.search.mode = hybird is none of vector, full-text, hybrid; did you mean hybrid?
              - -k 1001: sluice.search.limit = 1001 must be at least 1 and at most 1,000.
            """);
    }

    [Fact]
    public void Load_OneMistake_IsOneSentence() =>
        Fails("sluice.parsing.max-document-bytes = 0").ShouldBe(
            "The configuration has an error: akka.hocon:1: sluice.parsing.max-document-bytes = 0 must be at least 1 and at most 1PiB.");

    [Fact]
    public void Load_SettingsThatContradictEachOther_AreRefused() =>
        Fails("sluice.parsing.max-document-bytes = 1MiB").ShouldBe(
            "The configuration has an error: sluice.parsing.max-whole-document-bytes = 256MiB is above sluice.parsing.max-document-bytes = 1MiB; lower the first or raise the second.");

    [Fact]
    public void Load_RetryDelayAboveItsMaximum_IsRefused() =>
        Fails("sluice.pipeline { retry-delay = 2s, max-retry-delay = 1s }").ShouldBe(
            "The configuration has an error: sluice.pipeline.retry-delay = 2s is above sluice.pipeline.max-retry-delay = 1s; lower the first or raise the second.");

    [Fact]
    public void Load_KeyOfAnotherGroup_SuggestsTheRightOne() =>
        Fails("sluice.max-nesting = 5").ShouldBe(
            "The configuration has an error: akka.hocon:1: there is no setting sluice.max-nesting; did you mean sluice.parsing.max-nesting?");

    [Fact]
    public void Load_EmptyDatabase_IsRefused() =>
        Fails("sluice.database = \"\"").ShouldBe("The configuration has an error: akka.hocon:1: sluice.database =  must not be empty.");

    [Fact]
    public void Load_NamedFileThatIsMissing_IsRefused() =>
        Should.Throw<ConfigurationException>(() => ConfigurationLoader.Load(new() { WorkingDirectory = _folder.Path, ConfigFile = "nope.hocon" })).Message
            .ShouldBe("The configuration has an error: --config nope.hocon: there is no such file.");

    [Fact]
    public void Load_NamedFile_StandsInForTheOneOfTheWorkingDirectory()
    {
        _folder.Write("akka.hocon", "sluice.search.limit = 9");
        _folder.Write("mine/other.hocon", "sluice.search.snippet-lines = 4");

        var search = ConfigurationLoader.Load(new() { WorkingDirectory = _folder.Path, ConfigFile = "mine/other.hocon" }).Get<SearchOptions>();

        (search.Limit, search.SnippetLines).ShouldBe((5, 4));
    }

    [Fact]
    public void Load_AkkaSettings_OfAllSourcesReachAkkaInOrder()
    {
        var settings = Load("akka.log-dead-letters = 7", null, new CommandLineSetting("akka.loglevel", "DEBUG", "--set akka.loglevel=DEBUG"));

        var config = Akka.Configuration.ConfigurationFactory.ParseString(settings.AkkaText);
        config.GetString("akka.log-dead-letters").ShouldBe("7");
        config.GetString("akka.loglevel").ShouldBe("DEBUG");
        config.GetString("akka.actor.provider").ShouldBe("local");
    }

    [Fact]
    public void Effective_Secrets_AreMasked()
    {
        var settings = Load("sluice.database = \"pgvector://me:hunter2@host/db?sslkey=abc&x=1\"");

        var shown = settings.Effective.Single(static setting => setting.Path == "sluice.database").Text;
        shown.ShouldBe("pgvector://me:***@host/db?sslkey=***&x=1");
        settings.Get<SluiceOptions>().Database.ShouldContain("hunter2");
    }

    [Fact]
    public void Load_GenericSection_BindsEveryKindOfProperty()
    {
        var schema = new OptionSchema([new("sluice.kinds", typeof(Kinds))]);
        _folder.Write("akka.hocon", """
            sluice.kinds {
              text = "a b", count = 1_000, size-bytes = "1.5 KiB", share = 25%, wait = 1.5s, flag = on, choice = multi-vector
              names = [x, "y z"], optional = null, inner { level-two.depth = 3 }, percent-or-count = 10%
            }
            """);

        var kinds = new ConfigurationLoader(schema, []).Read(new() { WorkingDirectory = _folder.Path }).Get<Kinds>();

        kinds.Text.ShouldBe("a b");
        kinds.Count.ShouldBe(1000);
        kinds.SizeBytes.ShouldBe(1536);
        kinds.Share.ShouldBe(0.25);
        kinds.Wait.ShouldBe(TimeSpan.FromSeconds(1.5));
        kinds.Flag.ShouldBeTrue();
        kinds.Choice.ShouldBe(EmbeddingKind.MultiVector);
        kinds.Names.ShouldBe(["x", "y z"]);
        kinds.Optional.ShouldBeNull();
        kinds.Inner.LevelTwo.Depth.ShouldBe(3);
        kinds.PercentOrCount.ToString().ShouldBe("10%");
    }

    [Fact]
    public void Load_ListFromAnOption_TakesCommasOrBrackets()
    {
        var schema = new OptionSchema([new("sluice.kinds", typeof(Kinds))]);
        string[] Names(string value) =>
            [.. new ConfigurationLoader(schema, []).Read(new() { WorkingDirectory = _folder.Path, Overrides = [new("kinds.names", value, "--set")] }).Get<Kinds>().Names];

        Names("a, b").ShouldBe(["a", "b"]);
        Names("[\"a,b\", c]").ShouldBe(["a,b", "c"]);
    }

    [Fact]
    public void Load_SecretOutOfRange_IsNotShown()
    {
        var schema = new OptionSchema([new("sluice.kinds", typeof(Kinds))]);
        var message = Should.Throw<ConfigurationException>(() => new ConfigurationLoader(schema, [])
            .Read(new() { WorkingDirectory = _folder.Path, Overrides = [new("kinds.api-key", "hunter2", "--set kinds.api-key")] })).Message;

        message.ShouldNotContain("hunter2");
        message.ShouldContain("sluice.kinds.api-key = ***");
    }

    internal sealed class Kinds
    {
        public string Text { get; set; } = "";

        public int Count { get; set; }

        public long SizeBytes { get; set; }

        public double Share { get; set; }

        public TimeSpan Wait { get; set; }

        public bool Flag { get; set; }

        public EmbeddingKind Choice { get; set; }

        public IReadOnlyList<string> Names { get; set; } = [];

        public int? Optional { get; set; } = 4;

        [MaxLength(3)]
        public string ApiKey { get; set; } = "";

        public Level Inner { get; set; } = new();

        public Amount PercentOrCount { get; set; } = new("0");
    }

    internal sealed class Level
    {
        public Level2 LevelTwo { get; set; } = new();
    }

    internal sealed class Level2
    {
        public int Depth { get; set; }
    }

    internal sealed record Amount(string Written)
    {
        public static Amount Parse(string text, IFormatProvider? provider) => new(text);

        public override string ToString() => Written;
    }
}
