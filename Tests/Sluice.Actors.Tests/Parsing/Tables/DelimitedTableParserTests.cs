namespace Sluice.Actors.Tests.Parsing.Tables;

public sealed class DelimitedTableParserTests
{
    [Theory]
    [InlineData(",")]
    [InlineData(";")]
    [InlineData("\t")]
    [InlineData("|")]
    public async Task ParseAsync_AnyDelimiter_IsFound(string delimiter)
    {
        var sections = await Parse.TextAsync("name,size,colour\nball,3,red\nbox,4,blue\n".Replace(",", delimiter, StringComparison.Ordinal), "a.csv");

        sections.Shape().ShouldBe(["TableRow: ball | 3 | red", "TableRow: box | 4 | blue"]);
        sections.ShouldAllBe(static section => section.TableHeader == "name | size | colour");
        sections.Select(static section => (section.Place.Row, section.Place.Line)).ShouldBe([(1L, 2), (2L, 3)]);
    }

    [Fact]
    public async Task ParseAsync_QuotedFields_KeepDelimitersQuotesAndLineBreaks()
    {
        var sections = await Parse.TextAsync("name,text\r\na,\"one, \"\"two\"\"\r\nthree\"\r\nb,last\r\n", "a.csv");

        sections.Shape().ShouldBe(["TableRow: a | one, \"two\" three", "TableRow: b | last"]);
        sections[1].Place.Line.ShouldBe(4);
    }

    [Fact]
    public async Task ParseAsync_OpenQuote_CostsOneLine()
    {
        var sections = await Parse.TextAsync("name,size\nfirst,1\n\"open,2\nthird,3\nfourth,4\n", "a.csv");

        sections.Shape().ShouldBe(["TableRow: first | 1", "TableRow: \"open,2", "TableRow: third | 3", "TableRow: fourth | 4"]);
        sections.Select(static section => section.Place.Line).ShouldBe([2, 3, 4, 5]);
    }

    [Fact]
    public async Task ParseAsync_NumbersFirst_IsNoHeader() =>
        (await Parse.TextAsync("1,2\n3,4\n", "a.csv")).Shape().ShouldBe(["TableRow: 1 | 2", "TableRow: 3 | 4"]);

    [Fact]
    public async Task ParseAsync_ManyColumns_NamesEachValue()
    {
        var header = string.Join(',', Enumerable.Range(0, 12).Select(static n => $"column{n}"));
        var sections = await Parse.TextAsync(header + "\nx,,y,,,,,,,,,z\n", "a.csv");

        sections.Shape().ShouldBe(["TableRow: column0: x | column2: y | column11: z"]);
        sections[0].TableHeader.ShouldBeNull();
    }
}
