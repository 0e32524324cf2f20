using System.Globalization;
using System.Text;
using Sluice.Actors.Chunking.Tokenizers;

namespace Sluice.Actors.Tests.Chunking.Tokenizers;

public sealed class CompatibilityFormTests
{
    [Fact]
    public void IsBoundaryBefore_AnyAssignedCodePoint_IsTrueOnlyIfItNeverJoinsWhatPrecedes()
    {
        var assigned = Enumerable.Range(0, 0x110000)
            .Where(static codePoint => codePoint is < 0xD800 or > 0xDFFF && (codePoint & 0xFFFE) != 0xFFFE)
            .Where(static codePoint => CharUnicodeInfo.GetUnicodeCategory(codePoint) is not (UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse))
            .ToList();
        var joining = new HashSet<int>();
        foreach (var codePoint in assigned)
        {
            joining.UnionWith(Runes(codePoint, NormalizationForm.FormD).Skip(1).Select(static rune => rune.Value));
        }

        foreach (var codePoint in assigned.Where(CompatibilityForm.IsBoundaryBefore))
        {
            var first = Runes(codePoint, NormalizationForm.FormKD)[0];
            joining.ShouldNotContain(first.Value, $"U+{codePoint:X4}");
            ("a\u0301" + first).Normalize(NormalizationForm.FormD).ShouldStartWith("a\u0301", Case.Sensitive, $"U+{codePoint:X4}");
            ("a" + first + "\u0334").Normalize(NormalizationForm.FormD).ShouldEndWith("\u0334", Case.Sensitive, $"U+{codePoint:X4}");
        }
    }

    [Theory]
    [InlineData('a', true)]
    [InlineData('\u2026', false)]
    [InlineData('\uFF21', false)]
    [InlineData('\u4E2D', true)]
    [InlineData('\uFFFE', true)]
    public void Of_Character_SaysWhetherItStays(char character, bool isStable)
        => ((CompatibilityForm.Of(character) & CompatibilityForm.Stable) != 0).ShouldBe(isStable);

    [Fact]
    public void Require_WithIcu_Passes() => Should.NotThrow(CompatibilityForm.Require);

    private static List<Rune> Runes(int codePoint, NormalizationForm form) => char.ConvertFromUtf32(codePoint).Normalize(form).EnumerateRunes().ToList();
}
