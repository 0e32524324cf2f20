using System.Text;
using Sluice.Actors.Parsing;
using Sluice.Actors.Parsing.Detection;

namespace Sluice.Actors.Tests.Parsing.Detection;

public sealed class TypeDetectorTests
{
    [Theory]
    [InlineData("a.md", "# x", MediaTypes.Markdown)]
    [InlineData("a.txt", "plain", MediaTypes.PlainText)]
    [InlineData("a", "plain", MediaTypes.PlainText)]
    [InlineData("a.txt", "<!DOCTYPE html><p>x", MediaTypes.Html)]
    [InlineData("a.xml", "<?xml version='1.0'?><!-- c --><html xmlns='x'/>", MediaTypes.Html)]
    [InlineData("a.dat", "<?xml version='1.0'?><a/>", MediaTypes.Xml)]
    [InlineData("a.md", "<!DOCTYPE html> in Markdown", MediaTypes.Markdown)]
    [InlineData("a.json", "[1]", MediaTypes.Json)]
    [InlineData("a.json", "{\"a\":1}\n{\"a\":2}", MediaTypes.JsonLines)]
    [InlineData("a.json", "words", MediaTypes.PlainText)]
    [InlineData("unnamed", "{\"a\": 1}", MediaTypes.Json)]
    [InlineData("unnamed", "{braces} in a text", MediaTypes.PlainText)]
    [InlineData("a.csv", "a,b", MediaTypes.Csv)]
    [InlineData("a.cs", "class A;", MediaTypes.SourceCode)]
    [InlineData("Makefile", "all:", MediaTypes.SourceCode)]
    [InlineData("run", "#!/bin/sh\nls", MediaTypes.SourceCode)]
    [InlineData("unnamed", "From: a@b\nTo: c@d\nSubject: x\nDate: y\n\nbody", MediaTypes.Mail)]
    [InlineData("a.pdf", "%PDF-1.7", MediaTypes.Pdf)]
    [InlineData("a.txt", "%PDF-1.7", MediaTypes.Pdf)]
    public void Detect_Text_GoesByContentThenName(string name, string text, string expected) =>
        TypeDetector.Detect(Encoding.UTF8.GetBytes(text), name, null).ShouldBe(new Detected(expected));

    [Fact]
    public void Detect_NoName_GoesByTheHint() =>
        TypeDetector.Detect("a,b\n1,2"u8, "download", "text/csv; charset=utf-8").MediaType.ShouldBe(MediaTypes.Csv);
}
