using Sluice.Actors.Chunking;

namespace Sluice.Actors.Tests.Chunking;

public sealed class SentenceBoundariesTests
{
    [Theory]
    [InlineData("One. Two! Three?|One.|Two!|Three?")]
    [InlineData("Dr. Smith met J. R. Jones. They spoke.|Dr. Smith met J. R. Jones.|They spoke.")]
    [InlineData("It is 3.14 wide. See file.txt for more.|It is 3.14 wide.|See file.txt for more.")]
    [InlineData("Use it, e.g. Here, i.e. There. Done.|Use it, e.g. Here, i.e. There.|Done.")]
    [InlineData("He said \"Stop.\" Then he left.|He said \"Stop.\"|Then he left.")]
    [InlineData("\"Really?\" he asked. Yes.|\"Really?\" he asked.|Yes.")]
    [InlineData("Wait... what? Well… Fine.|Wait... what?|Well…|Fine.")]
    [InlineData("See Fig. 3 and No. 5. Is it? No. It is not.|See Fig. 3 and No. 5.|Is it?|No.|It is not.")]
    [InlineData("1. First item. 2. Second item.|1. First item.|2. Second item.")]
    [InlineData("これは文です。次の文です！「引用。」終わり。|これは文です。|次の文です！|「引用。」|終わり。")]
    [InlineData("यह वाक्य है। दूसरा।|यह वाक्य है।|दूसरा।")]
    [InlineData("هل هذا؟ نعم.|هل هذا؟|نعم.")]
    [InlineData("The U.S. Army came. (It left.) Gone.|The U.S. Army came.|(It left.)|Gone.")]
    [InlineData("The end of it\n\nA new one|The end of it|A new one")]
    [InlineData("Hard wrapped\nline goes on. Next.|Hard wrapped\nline goes on.|Next.")]
    [InlineData("What?!? Nothing.|What?!?|Nothing.")]
    public void Next_Text_EndsWhereAReaderWould(string data)
    {
        var parts = data.Split('|');
        var text = parts[0];
        var found = new List<string>();
        for (var start = 0; start < text.Length;)
        {
            var end = SentenceBoundaries.Next(text, start);
            end.ShouldBeGreaterThan(start);
            found.Add(text[start..end].Trim());
            start = end;
        }

        found.ShouldBe(parts[1..]);
    }

    [Theory]
    [InlineData(".")]
    [InlineData("a.")]
    [InlineData(". ")]
    [InlineData("\n")]
    [InlineData("\n\n")]
    [InlineData("e.g.")]
    [InlineData("A. ")]
    [InlineData("\"). ")]
    [InlineData("。")]
    public void Next_MillionsOfStops_TakesLinearTime(string unit)
    {
        var text = string.Concat(Enumerable.Repeat(unit, 1_000_000 / unit.Length));
        var start = 0;
        var steps = 0;
        while (start < text.Length)
        {
            var end = SentenceBoundaries.Next(text, start);
            end.ShouldBeGreaterThan(start);
            start = end;
            steps++;
        }

        steps.ShouldBeLessThanOrEqualTo(text.Length);
    }
}
