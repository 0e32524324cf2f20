using System.Text;
using Sluice.Actors.Parsing.Pdf;

namespace Sluice.Actors.Tests.Parsing.Pdf;

public sealed class ShownTextTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData("q 1 0 0 1 0 0 cm Q", 0)]
    [InlineData("BT (four) Tj ET", 4)]
    [InlineData("(a(b)c) Tj (d) Tj", 6)]
    [InlineData(@"(a\)b) Tj", 4)]
    [InlineData("<61626364> Tj", 4)]
    [InlineData("/P <</MCID 0>> BDC (ab) Tj EMC", 2)]
    [InlineData("% (a comment)\n(ab) Tj", 2)]
    [InlineData("BI /W 2 /H 2 ID ((((\nEI Q (ab) Tj", 2)]
    [InlineData("(never closed", 12)]
    [InlineData("<6162", 2)]
    [InlineData("%", 0)]
    [InlineData("(\\", 1)]
    [InlineData("BI ID (((", 0)]
    public void Bytes_Content_CountsWhatStandsInStrings(string content, long expected) => ShownText.Bytes(Encoding.Latin1.GetBytes(content)).ShouldBe(expected);

    [Fact]
    public void Bytes_AnyBytes_EndsWithinTheirLength()
    {
        var random = new Random(5);
        for (var round = 0; round < 2000; round++)
        {
            var bytes = new byte[random.Next(64)];
            for (var at = 0; at < bytes.Length; at++)
            {
                bytes[at] = (byte)"(<>)\\% IDE\nx"[random.Next(12)];
            }

            ShownText.Bytes(bytes).ShouldBeInRange(0, bytes.Length);
        }
    }
}
