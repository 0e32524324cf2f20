using Sluice.Hosting.Configuration;
using Sluice.Streams.Failures;

namespace Sluice.Hosting.Tests.Configuration;

public sealed class HoconReaderTests
{
    private static HoconFile Read(string text, params (string Name, string Value)[] environment) =>
        HoconReader.Read(text, "test.hocon", name => Array.Find(environment, entry => entry.Name == name).Value);

    private static string Value(string value, params (string, string)[] environment) => Read($"sluice.x = {value}", environment).Settings[0].Value.ToString();

    [Fact]
    public void Read_ObjectsAndDottedKeys_GivesPathsWithLines()
    {
        var file = Read("# head\nsluice {\n  a = 1, b : two # rest\n  // comment\n  c { d.e = \"x\" }\n}\nsluice.f {\n  g=[1, \"b c\"\n 3]\n}\n");

        file.Settings.Select(static setting => $"{setting.Line} {setting.Path} {setting.Value}").ShouldBe(
            ["3 sluice.a 1", "3 sluice.b two", "5 sluice.c.d.e x", "8 sluice.f.g [1, b c, 3]"]);
        file.AkkaText.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("sqlite:./a b.db", "sqlite:./a b.db")]
    [InlineData("https://host:80/x // comment", "https://host:80/x")]
    [InlineData("500 ms  # comment", "500 ms")]
    [InlineData("\"a # b // c\"", "a # b // c")]
    [InlineData("\"tab\\t quote\\\" \\u00e9\"", "tab\t quote\" é")]
    [InlineData("\"\"\"raw \\n \"x\" \"\"\"", "raw \\n \"x\" ")]
    [InlineData("\"null\"", "null")]
    [InlineData("\"\"", "")]
    [InlineData("a \"b\" c", "a b c")]
    public void Read_Scalar_GivesItsText(string written, string expected) => Value(written).ShouldBe(expected);

    [Fact]
    public void Read_Null_IsNullOnlyWithoutQuotes()
    {
        Read("sluice.x = null").Settings[0].Value.Text.ShouldBeNull();
        Read("sluice.x = \"null\"").Settings[0].Value.Text.ShouldBe("null");
    }

    [Fact]
    public void Read_Substitution_TakesSettingsAboveThenEnvironment()
    {
        Read("sluice.a = one\nsluice.b = ${sluice.a}\"/x\"").Settings[1].Value.Text.ShouldBe("one/x");
        Value("\"pg://me:\"${PW}\"@h\"", ("PW", "s3cret")).ShouldBe("pg://me:s3cret@h");
        Value("${?NONE}\"x\"").ShouldBe("x");
        Should.Throw<ConfigurationException>(() => Value("${NONE}")).Message
            .ShouldBe("test.hocon:1: ${NONE}: no setting above and no environment variable has this name; write ${?NONE} if it may be missing");
    }

    [Fact]
    public void Read_WhatIsNotSluices_GoesToAkkaAsWritten()
    {
        var file = Read("akka {\n  a = [{ x = 1 }, [2]]\n  b = ${akka.c} { y = 2 }\n}\nsluice.x = 1\nmine.dispatcher.type = Dispatcher\n");

        file.AkkaText.ShouldBe("akka {\n  a = [{ x = 1 }, [2]]\n  b = ${akka.c} { y = 2 }\n}\nmine.dispatcher.type = Dispatcher\n");
        file.Settings.ShouldHaveSingleItem().Path.ShouldBe("sluice.x");
        file.OtherRoots.ShouldBe([("akka", 1), ("mine", 6)]);
    }

    [Theory]
    [InlineData("sluice {\n  a = 1\n", "test.hocon:1: this { is never closed")]
    [InlineData("a = 1\n}\n", "test.hocon:2: this } closes nothing")]
    [InlineData("sluice {\n a\n}", "test.hocon:2: 'sluice.a' has no value; write sluice.a = value")]
    [InlineData("sluice {\n a =\n}", "test.hocon:2: 'sluice.a' has no value; write sluice.a = value, or \"\" for an empty one")]
    [InlineData("sluice.a =", "test.hocon:1: 'sluice.a' has no value; write sluice.a = value")]
    [InlineData("\nsluice.a = \"x\n", "test.hocon:2: this \" is never closed")]
    [InlineData("sluice.a = \"\"\"x\n", "test.hocon:1: this \"\"\" is never closed")]
    [InlineData("sluice.a = [1,\n2", "test.hocon:1: this [ is never closed")]
    [InlineData("sluice.a = ${x", "test.hocon:1: this ${ is never closed")]
    [InlineData("sluice.a += 1", "test.hocon:1: sluice.a += is not supported; write the whole list")]
    [InlineData("include \"x\"", "test.hocon:1: include is not supported; put the settings here, or name one file with --config")]
    [InlineData("sluice { = 1 }", "test.hocon:1: a key is expected here, not '='")]
    [InlineData("sluice.a = \"\\q\"", "test.hocon:1: \\q is not an escape; write \\\\ for a backslash")]
    [InlineData("sluice.a = x{y}", "test.hocon:1: '{' is not expected here; put the value of sluice.a in quotes")]
    [InlineData("sluice.a = \"\\", "test.hocon:1: this \" is never closed")]
    [InlineData("sluice.a = [[", "test.hocon:1: this [ is never closed")]
    public void Read_Mistake_SaysWhereAndWhat(string text, string message) =>
        Should.Throw<ConfigurationException>(() => Read(text)).Message.ShouldBe(message);

    [Fact]
    public void Read_AnyCutOfTheShippedFile_IsReadOrRefusedInWords()
    {
        var text = File.ReadAllText(Repository.PathTo("akka.hocon"));
        for (var length = 0; length < text.Length; length += 7)
        {
            try
            {
                Read(text[..length]);
            }
            catch (ConfigurationException exception)
            {
                exception.Message.ShouldStartWith("test.hocon:");
            }
        }
    }
}
