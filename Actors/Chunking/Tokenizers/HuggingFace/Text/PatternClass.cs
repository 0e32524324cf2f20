using System.Globalization;
using System.Text;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

/// <summary>A class in brackets of an expression.</summary>
internal sealed class PatternClass
{
    private readonly StringBuilder _items = new();
    private readonly bool _isNegative;

    /// <summary>Reads one.</summary>
    /// <param name="pattern">The expression.</param>
    /// <param name="position">Behind the opening bracket; then behind the closing one.</param>
    /// <param name="ignoresCase">Whether capital and small letters are the same.</param>
    /// <param name="refuse">Makes the error for what is not supported.</param>
    public PatternClass(string pattern, ref int position, bool ignoresCase, Func<string, Exception> refuse)
    {
        _isNegative = position < pattern.Length && pattern[position] == '^';
        position += _isNegative ? 1 : 0;
        for (var isFirst = true; ; isFirst = false)
        {
            if (position >= pattern.Length)
            {
                throw refuse("a class that is not closed");
            }

            if (pattern[position] == ']' && !isFirst)
            {
                position++;
                return;
            }

            var first = Item(pattern, ref position, refuse);
            if (first is null)
            {
                continue;
            }

            if (position + 1 < pattern.Length && pattern[position] == '-' && pattern[position + 1] != ']')
            {
                position++;
                var last = Item(pattern, ref position, refuse) ?? throw refuse("a range that ends in a class");
                Range(first.Value, last, ignoresCase, refuse);
            }
            else
            {
                Range(first.Value, first.Value, ignoresCase, refuse);
            }
        }
    }

    /// <summary>A character outside of brackets.</summary>
    public static string Literal(char character, bool ignoresCase, Func<string, Exception> refuse)
    {
        if (char.IsSurrogate(character))
        {
            throw refuse("a character beyond U+FFFF");
        }

        var others = ignoresCase ? OtherCases(character, refuse) : "";
        return others.Length == 0 ? Escape(character) : $"[{Escape(character)}{string.Concat(others.Select(Escape))}]";
    }

    /// <summary>Writes it.</summary>
    public void WriteTo(StringBuilder result) => result.Append(_isNegative ? "[^" : "[").Append(_items).Append(']');

    private static string Escape(char character) => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}");

    private static string OtherCases(char character, Func<string, Exception> refuse) => character switch
    {
        's' or 'S' => "sS\u017F",
        'k' or 'K' => "kK\u212A",
        _ when char.IsAsciiLetter(character) => $"{char.ToLowerInvariant(character)}{char.ToUpperInvariant(character)}",
        _ when char.IsLetter(character) => throw refuse($"'{character}' whether capital or small"),
        _ => "",
    };

    /// <summary>The next character; null when a class inside the class was read.</summary>
    private char? Item(string pattern, ref int position, Func<string, Exception> refuse)
    {
        var character = pattern[position];
        if (character == '[' || (character == '&' && position + 1 < pattern.Length && pattern[position + 1] == '&') || char.IsSurrogate(character))
        {
            throw refuse($"{character} inside a class");
        }

        if (character != '\\')
        {
            position++;
            return character;
        }

        var escape = PatternEscape.Read(pattern, ref position, refuse);
        _items.Append(escape.Class);
        return escape.Character;
    }

    private void Range(char first, char last, bool ignoresCase, Func<string, Exception> refuse)
    {
        if (last < first)
        {
            throw refuse($"the range {first}-{last}");
        }

        // What stands for characters outside of the basic plane must not be taken for itself; up to the end of the plane all of them are meant anyway.
        if (last != char.MaxValue && StandIns.All.IndexOfAnyInRange(first, last) >= 0 && last >= 0x1000)
        {
            throw refuse($"the range {Escape(first)}-{Escape(last)}");
        }

        _items.Append(Escape(first)).Append('-').Append(Escape(last));
        for (var character = first; ignoresCase && character <= last && character < char.MaxValue; character++)
        {
            foreach (var other in OtherCases(character, refuse))
            {
                _items.Append(Escape(other));
            }
        }
    }
}
