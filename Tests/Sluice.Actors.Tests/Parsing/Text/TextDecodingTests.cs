using System.Text;
using Sluice.Actors.Parsing.Text;

namespace Sluice.Actors.Tests.Parsing.Text;

public sealed class TextDecodingTests
{
    [Theory]
    [InlineData("utf-8", "Grüße, naïve café")]
    [InlineData("utf-16", "Grüße, naïve café")]
    [InlineData("utf-16BE", "Grüße, naïve café")]
    [InlineData("utf-32", "Grüße, naïve café")]
    [InlineData("windows-1252", "Grüße, naïve café: “quoted”")]
    [InlineData("windows-1251", "Съешь же ещё этих мягких французских булок, да выпей чаю. Широкая электрификация южных губерний даст мощный толчок.")]
    [InlineData("euc-kr", "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.")]
    [InlineData("gb18030", "人人生而自由,在尊严和权利上一律平等。他们赋有理性和良心,并应以兄弟关系的精神相对待。")]
    public async Task OpenAsync_BytesWithoutMark_AreDecoded(string charset, string text)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        using var reader = await TextDecoding.OpenAsync(
            new MemoryStream(Encoding.GetEncoding(charset).GetBytes(text)), null, CharsetDeclaration.None, CancellationToken.None);

        (await reader.ReadToEndAsync()).ShouldBe(text);
    }

    [Fact]
    public async Task OpenAsync_DeclaredByMeta_IsRespectedUnlessItIsUtf8()
    {
        var declared = "<meta charset=iso-8859-1><p>Grüße";
        using var latin = await TextDecoding.OpenAsync(new MemoryStream(Encoding.Latin1.GetBytes(declared)), null, CharsetDeclaration.Html, CancellationToken.None);
        using var lying = await TextDecoding.OpenAsync(new MemoryStream(Encoding.UTF8.GetBytes(declared)), null, CharsetDeclaration.Html, CancellationToken.None);

        (await latin.ReadToEndAsync()).ShouldBe(declared);
        (await lying.ReadToEndAsync()).ShouldBe(declared);
    }

    [Fact]
    public async Task OpenAsync_InvalidSequences_BecomeReplacementCharacters()
    {
        using var reader = await TextDecoding.OpenAsync(new MemoryStream([.. "schön "u8, 0xC3, (byte)'(', 0, .. " é"u8]), null, CharsetDeclaration.None, CancellationToken.None);

        (await reader.ReadToEndAsync()).ShouldBe("schön \uFFFD(\uFFFD é");
    }

    [Fact]
    public void LooksBinary_RandomBytes_AreBinaryAndTextIsNot()
    {
        var noise = new byte[4096];
        new Random(3).NextBytes(noise);

        TextDecoding.LooksBinary(noise).ShouldBeTrue();
        TextDecoding.LooksBinary("a stray \0 among words, which does no harm"u8).ShouldBeFalse();
        TextDecoding.LooksBinary(Encoding.Unicode.GetBytes("wide text")).ShouldBeFalse();
    }
}
