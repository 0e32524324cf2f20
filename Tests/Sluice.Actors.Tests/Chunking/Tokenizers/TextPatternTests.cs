using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

namespace Sluice.Actors.Tests.Chunking.Tokenizers;

public sealed class TextPatternTests
{
    [Theory]
    [InlineData(@"\p{L}+", "ab\U00020000c 12", "[ab\U00020000c] 12")]
    [InlineData(@"[^\s\p{L}\p{N}]+", "a\U0001F600! \U0001D400", "a[\U0001F600!] \U0001D400")]
    [InlineData(@"(?i:'s|'re)", "it'S 'RE '\u017F", "it['S] ['RE] ['\u017F]")]
    [InlineData(@"a++b", "aab", "[aab]")]
    [InlineData(@"a++ab", "aaab", "aaab")]
    [InlineData(@"\s+(?!\S)|\s+", "a  b ", "a[ ][ ]b[ ]")]
    [InlineData(@"\p{^L}", "a1", "a[1]")]
    [InlineData(@"\P{L}", "a1", "a[1]")]
    [InlineData(@"[\-\]a-c]{2,3}", "ab-]zc", "[ab-]]zc")]
    [InlineData(@"x{,2}y", "xxxy", "x[xxy]")]
    [InlineData(@"\w", "_\u00B2\u24B6\U0001F130!", "[_][\u00B2][\u24B6][\U0001F130]!")]
    [InlineData(@".", "a\n\r", "[a]\n[\r]")]
    [InlineData(@"\x{41}\u0042\x43", "ABC", "[ABC]")]
    public void Find_Expression_MatchesAsTheOriginal(string expression, string text, string marked)
    {
        var matches = new PieceList();
        TextPattern.OfExpression(expression).Find(text, matches);
        var result = "";
        foreach (var (start, end, id) in matches.Items)
        {
            result += id == TextPattern.Match ? $"[{text[start..end]}]" : text[start..end];
        }

        result.ShouldBe(marked);
    }

    [Theory]
    [InlineData(@"\bx", @"'\b' at character 2")]
    [InlineData(@"x$", "'$' at character 1")]
    [InlineData(@"(?<=a)b)", "')' at character 7")]
    [InlineData(@"[a[b]]", "[ inside a class")]
    [InlineData(@"(?i:\u00E9)", "whether capital or small")]
    [InlineData("[\U00020000]", "inside a class")]
    [InlineData(@"[\u9000-\uB000]", @"the range \u9000-\uB000")]
    [InlineData(@"\p{Greek}", @"'\p{Greek}'")]
    [InlineData(@"a{2}+", "'+' at character 4")]
    [InlineData(@"[a", "a class that is not closed")]
    public void OfExpression_WhatHasNoEqual_IsNamed(string expression, string words)
        => Should.Throw<NotSupportedException>(() => TextPattern.OfExpression(expression)).Message.ShouldContain(words);

    [Fact]
    public void Find_EmptyString_MatchesNothing()
    {
        var matches = new PieceList();
        TextPattern.OfText("").Find("ab", matches);
        matches.Count.ShouldBe(1);
        matches.Items[0].Id.ShouldBe(TextPattern.Between);
    }
}
