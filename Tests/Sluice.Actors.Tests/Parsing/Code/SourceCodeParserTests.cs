using Sluice.Streams.Documents;

namespace Sluice.Actors.Tests.Parsing.Code;

public sealed class SourceCodeParserTests
{
    [Fact]
    public async Task ParseAsync_LongClass_IsCutAtBlankLinesWithPathAndLines()
    {
        var text = "using System;\n\npublic sealed class Pump\n{\n" + string.Concat(Enumerable.Range(0, 30).Select(static n => $"    public void M{n}()\n    {{\n        Run({n});\n    }}\n\n")) + "}\n";
        var lines = text.Split('\n');
        var sections = await Parse.TextAsync(text, "Pump.cs");

        sections.Count.ShouldBeGreaterThan(2);
        foreach (var section in sections)
        {
            section.Kind.ShouldBe(SectionKind.Code);
            section.Text.Split('\n').Length.ShouldBeLessThanOrEqualTo(60);
            section.Metadata!["language"].ShouldBe("csharp");
            section.Text.Split('\n')[0].ShouldBe(lines[section.Place.Line!.Value - 1]);
            section.Text.ShouldBe(text[(int)section.Place.Start..(int)section.Place.End]);
        }

        sections[1].Path().ShouldBe("Pump");
        sections[1].Text.ShouldStartWith("    public void M");
    }

    [Fact]
    public async Task ParseAsync_Shebang_TellsTheLanguage() =>
        (await Parse.TextAsync("#!/usr/bin/env python3\nprint('hi')\n", "tool")).Single().Metadata!["language"].ShouldBe("python");

    [Fact]
    public async Task ParseAsync_SmallFunctions_StayTogether() =>
        (await Parse.TextAsync("def a():\n    return 1\n\n\ndef b():\n    return 2\n", "ab.py")).Shape().ShouldBe(["Code: def a():\n    return 1\n\n\ndef b():\n    return 2"]);
}
