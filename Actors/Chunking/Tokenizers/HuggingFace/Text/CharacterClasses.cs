using System.Globalization;
using System.Runtime.CompilerServices;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

/// <summary>The classes of characters, as the tokenizers library has them. Worked out at first use. Safe for concurrent use.</summary>
internal static class CharacterClasses
{
    private static readonly ushort[] Basic = BuildBasic();

    /// <summary>The classes of a code point.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CharacterClass Of(int codePoint) => (uint)codePoint < (uint)Basic.Length ? (CharacterClass)Basic[codePoint] : Compute(codePoint);

    /// <summary>Whether a code point is of any of the classes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Is(int codePoint, CharacterClass classes) => (Of(codePoint) & classes) != CharacterClass.None;

    /// <summary>Whether a list of ranges has a code point.</summary>
    public static bool Contains(ReadOnlySpan<int> ranges, int codePoint)
    {
        var low = 0;
        var high = ranges.Length / 2;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (ranges[(2 * middle) + 1] < codePoint)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return 2 * low < ranges.Length && ranges[2 * low] <= codePoint;
    }

    private static ushort[] BuildBasic()
    {
        var classes = new ushort[char.MaxValue + 1];
        for (var codePoint = 0; codePoint < classes.Length; codePoint++)
        {
            classes[codePoint] = (ushort)Compute(codePoint);
        }

        return classes;
    }

    private static CharacterClass Compute(int codePoint)
    {
        var category = CharUnicodeInfo.GetUnicodeCategory(codePoint);
        var classes = CharacterClass.None;
        if (codePoint is (>= 9 and <= 13) or 0x20 or 0x85
            || category is UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
        {
            classes |= CharacterClass.Space;
        }

        if (category <= UnicodeCategory.OtherLetter)
        {
            classes |= CharacterClass.Letter;
        }

        if (Contains(CharacterTables.Punctuation, codePoint))
        {
            classes |= CharacterClass.Punctuation;
        }

        if (category is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber || codePoint is (>= 0x11DE0 and <= 0x11DE9) or (>= 0x16FF4 and <= 0x16FF6))
        {
            classes |= CharacterClass.Number;
        }

        if (IsWord(category, codePoint))
        {
            classes |= CharacterClass.Word;
        }

        if (Contains(CharacterTables.Cleaned, codePoint))
        {
            classes |= CharacterClass.Cleaned;
        }

        if (Contains(CharacterTables.NonSpacing, codePoint))
        {
            classes |= CharacterClass.NonSpacing;
        }

        if (Contains(CharacterTables.Marks, codePoint))
        {
            classes |= CharacterClass.Mark;
        }

        // The gap between 2B820 and 2B91F is the original's.
        if (codePoint is (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x2A6DF)
            or (>= 0x2A700 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0x2F800 and <= 0x2FA1F))
        {
            classes |= CharacterClass.Chinese;
        }

        return classes;
    }

    private static bool IsWord(UnicodeCategory category, int codePoint) => category switch
    {
        <= UnicodeCategory.LetterNumber => true, // Letters, marks, decimal digits and letter numbers are the first of the enumeration.
        UnicodeCategory.ConnectorPunctuation => true,
        _ => codePoint is 0x200C or 0x200D or (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189),
    };
}
