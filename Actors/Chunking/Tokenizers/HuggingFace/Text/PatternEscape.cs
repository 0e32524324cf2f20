using System.Globalization;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

/// <summary>What a backslash in an expression means: a character, or a class of characters.</summary>
/// <param name="Character">The character; null for a class.</param>
/// <param name="Class">The class as the inside of brackets; null for a character.</param>
internal readonly record struct PatternEscape(char? Character, string? Class)
{
    private const string Word = "\\p{L}\\p{M}\\p{Nd}\\p{Nl}\\p{Pc}\\u00B2\\u00B3\\u00B9\\u00BC-\\u00BE\\u24B6-\\u24E9";

    private static readonly HashSet<string> Categories = new(StringComparer.Ordinal)
    {
        "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po",
        "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp", "Cc", "Cf", "Co",
    };

    /// <summary>Reads one.</summary>
    /// <param name="pattern">The expression.</param>
    /// <param name="position">Of the backslash; then behind what was read.</param>
    /// <param name="refuse">Makes the error for what is not supported.</param>
    public static PatternEscape Read(string pattern, ref int position, Func<string, Exception> refuse)
    {
        if (position + 1 == pattern.Length)
        {
            throw refuse("\\");
        }

        var character = pattern[position + 1];
        position += 2;
        switch (character)
        {
            case 's' or 'S' or 'd' or 'D':
                return new(null, $"\\{character}");
            case 'w':
                return new(null, Word);
            case 'n':
                return new('\n', null);
            case 'r':
                return new('\r', null);
            case 't':
                return new('\t', null);
            case 'f':
                return new('\f', null);
            case 'v':
                return new('\v', null);
            case 'p' or 'P':
                return Category(character, pattern, ref position, refuse);
            case 'u':
                return new(Hexadecimal(pattern, ref position, 4, refuse), null);
            case 'x':
                if (position < pattern.Length && pattern[position] == '{')
                {
                    var close = pattern.IndexOf('}', position);
                    position++;
                    var value = Hexadecimal(pattern, ref position, close - position, refuse);
                    position++;
                    return new(value, null);
                }

                return new(Hexadecimal(pattern, ref position, 2, refuse), null);
            default:
                return char.IsAsciiLetterOrDigit(character) ? throw refuse($"\\{character}") : new(character, null);
        }
    }

    private static PatternEscape Category(char letter, string pattern, ref int position, Func<string, Exception> refuse)
    {
        var close = position < pattern.Length && pattern[position] == '{' ? pattern.IndexOf('}', position) : -1;
        var name = close < 0 ? "" : pattern[(position + 1)..close];
        var isNegative = name.StartsWith('^');
        if (!Categories.Contains(isNegative ? name[1..] : name))
        {
            throw refuse($"\\{letter}{{{name}}}");
        }

        position = close + 1;
        return new(null, isNegative == (letter == 'P') ? $"\\p{{{name.TrimStart('^')}}}" : $"\\P{{{name.TrimStart('^')}}}");
    }

    private static char Hexadecimal(string pattern, ref int position, int digits, Func<string, Exception> refuse)
    {
        if (digits is < 1 or > 4 || position + digits > pattern.Length
            || !ushort.TryParse(pattern.AsSpan(position, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) || char.IsSurrogate((char)value))
        {
            throw refuse("a character by its number");
        }

        position += digits;
        return (char)value;
    }
}
