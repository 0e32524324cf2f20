using Sluice.Actors.Sinks.Pgvector;

namespace Sluice.Actors.Tests.Sinks.Pgvector;

public sealed class PgvectorTextTests
{
    [Theory]
    [InlineData("how is memory flat?", "('memory') | ('flat')")]
    [InlineData("\"back pressure\" works", "('back' <-> 'pressure') | ('works')")]
    [InlineData("max_wal_size", "('max' <-> 'wal' <-> 'size')")]
    [InlineData("Index*", "('index':*)")]
    [InlineData("CAFÉS ''' \\ & | ! ( ) <-> :*", "('cafes')")]
    [InlineData("世界 Привет", "('世界') | ('привет')")]
    public void CreateQuery_Text_QuotesEachWord(string text, string expected) => FoldedWords.CreateQuery(text).ShouldBe(expected);

    [Theory]
    [InlineData("")]
    [InlineData("\0 ?! -- \"\" ***")]
    [InlineData("\u0301")]
    public void CreateQuery_NoWord_IsNull(string text) => FoldedWords.CreateQuery(text).ShouldBeNull();

    [Theory]
    [InlineData("")]
    [InlineData("plain")]
    [InlineData("\0")]
    [InlineData("\uFDD0\uFDD1\0\uFDD10\uFDD11")]
    [InlineData("a\0b\uFDD0")]
    [InlineData("\U0001F98A\0")]
    public void Decode_Encoded_IsAsItWas(string text)
    {
        var encoded = StoredText.Encode(text);
        encoded.ShouldNotContain('\0');
        StoredText.Decode(encoded).ShouldBe(text);
    }

    [Fact]
    public void Vector_Values_AreInTheFormOfTheServer()
    {
        using var buffer = new CopyBuffer(16);
        buffer.Begin();
        buffer.Row(3);
        buffer.Vector([1f, -2.5f]);
        buffer.Json("{}");
        buffer.Text(null);
        buffer.End();
        Convert.ToHexString(buffer.Written.Span).ShouldBe(
            "5047434F50590AFF0D0A00" + "0000000000000000" + "0003" + "0000000C" + "00020000" + "3F800000" + "C0200000" + "00000003" + "01" + "7B7D" + "FFFFFFFF" + "FFFF");
    }

    [Fact]
    public void Buffer_MoreThanItsCapacity_Grows()
    {
        using var buffer = new CopyBuffer(16);
        var text = new string('x', 100_000);
        buffer.Int64(1);
        buffer.Text(text);
        buffer.Length.ShouldBe(12 + 4 + 100_000);
        System.Text.Encoding.ASCII.GetString(buffer.Written.Span[16..]).ShouldBe(text);
    }
}
