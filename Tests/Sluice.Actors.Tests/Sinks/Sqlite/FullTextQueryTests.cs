using Sluice.Actors.Sinks;
using Sluice.Actors.Sinks.Sqlite;

namespace Sluice.Actors.Tests.Sinks.Sqlite;

public sealed class FullTextQueryTests
{
    [Theory]
    [InlineData("how is memory flat?", "\"memory\" OR \"flat \"")]
    [InlineData("how is it", "\"how\" OR \"is\" OR \"it\"")]
    [InlineData("\"back pressure\" works", "\"back pressure\" OR \"works\"")]
    [InlineData("max_wal_size", "\"max wal size\"")]
    [InlineData("index*", "\"index \"*")]
    [InlineData("word word WORD", "\"word\"")]
    [InlineData("say \"open", "\"say\" OR \" open\"")]
    [InlineData("naïve 世界", "\"naïve\" OR \"世界\"")]
    public void Create_Text_QuotesEachTerm(string text, string expected) => FullTextQuery.Create(text).ShouldBe(expected);

    [Theory]
    [InlineData("")]
    [InlineData(" \t\n")]
    [InlineData("?! -- \"\" ***")]
    public void Create_NoWord_IsNull(string text) => FullTextQuery.Create(text).ShouldBeNull();

    [Fact]
    public void Create_PastedPage_IsCut()
    {
        var query = FullTextQuery.Create(string.Join(' ', Enumerable.Range(0, 10_000)));
        query.ShouldNotBeNull().Split(" OR ").Length.ShouldBe(QuestionTerms.MaxTerms);
    }
}
