using System.Globalization;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

/// <summary>Characters of the basic plane, one a general category, that stand for characters outside of it. None is likely to be named in an expression.</summary>
internal static class StandIns
{
    private const char AlphabeticSymbol = '\u24B6';

    /// <summary>In the order of <see cref="UnicodeCategory"/>.</summary>
    private const string ByCategory =
        "\uA640\uA641\u1F88\uA4F8\uA000\uA66F\uA823\uA670\uA8D0\uA6E6\uA830\u2000\u2028\u2029\u0001\u2061\uFFFF\uE000\uFE4D\u2E3A\u2E28\u2E29\u2E02\u2E03\uA6F2\u2A00\uA838\uA700\uA490\uFDD0";

    /// <summary>All of them.</summary>
    public static ReadOnlySpan<char> All => ByCategory + "\u24B6";

    /// <summary>The character for a code point of two characters.</summary>
    public static char For(int codePoint)
    {
        var category = CharUnicodeInfo.GetUnicodeCategory(codePoint);
        return category == UnicodeCategory.OtherSymbol && CharacterClasses.Is(codePoint, CharacterClass.Word) ? AlphabeticSymbol : ByCategory[(int)category];
    }
}
