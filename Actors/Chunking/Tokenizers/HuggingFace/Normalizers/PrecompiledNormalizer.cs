using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Normalizers;

/// <summary>
/// The character map of a SentencePiece model: a double-array tree over UTF-8, and the replacements behind it. A grapheme of at most five bytes is looked up as a
/// whole, by the shortest of its beginnings that the map has, and then replaced as a whole, even if that loses a mark; so does the original, and the models were
/// trained with it.
/// </summary>
internal sealed class PrecompiledNormalizer : INormalizer
{
    private const int LongestLookup = 5;
    private const int Unknown = -2;
    private const int Unchanged = -1;

    private readonly uint[] _units;
    private readonly byte[] _replacements;
    private readonly string?[] _texts;
    private readonly int[] _single = new int[char.MaxValue + 1];

    private PrecompiledNormalizer(uint[] units, byte[] replacements)
    {
        _units = units;
        _replacements = replacements;
        _texts = new string?[replacements.Length];
        Array.Fill(_single, Unknown);
    }

    /// <summary>Reads a map.</summary>
    /// <param name="map">Its bytes: the size of the tree, the tree, the replacements.</param>
    /// <exception cref="FormatException">It is not laid out so.</exception>
    public static PrecompiledNormalizer Read(ReadOnlySpan<byte> map)
    {
        if (map.Length < 4 || BinaryPrimitives.ReadUInt32LittleEndian(map) is var size && (size % 4 != 0 || size > map.Length - 4))
        {
            throw new FormatException("the character map is cut off");
        }

        var units = new uint[size / 4];
        for (var i = 0; i < units.Length; i++)
        {
            units[i] = BinaryPrimitives.ReadUInt32LittleEndian(map[(4 + (4 * i))..]);
        }

        return new PrecompiledNormalizer(units, map[(4 + (int)size)..].ToArray());
    }

    /// <inheritdoc/>
    public void Apply(AlignedText source, AlignedText target)
    {
        var chars = source.Chars;
        for (var i = 0; i < chars.Length;)
        {
            // Two neighbours of ASCII are two graphemes, but for the line end of two characters.
            if (chars[i] < 0x80 && (i + 1 == chars.Length || chars[i + 1] < 0x80) && chars[i] != '\r')
            {
                AddCharacter(source, i, 1, target);
                i++;
                continue;
            }

            var length = StringInfo.GetNextTextElementLength(chars[i..]);
            while (i + length < chars.Length && IsYoungMark(chars[i + length]) && !char.IsControl(chars[i]))
            {
                length += StringInfo.GetNextTextElementLength(chars[(i + length)..]);
            }

            AddGrapheme(source, i, i + length, target);
            i += length;
        }
    }

    /// <summary>Marks of Unicode 17, which the original joins to the grapheme before and the runtime does not know yet.</summary>
    private static bool IsYoungMark(char character) => character is (>= '\u1ACF' and <= '\u1ADD') or (>= '\u1AE0' and <= '\u1AEB');

    private void AddGrapheme(AlignedText source, int start, int end, AlignedText target)
    {
        var grapheme = source.Chars[start..end];
        if (grapheme.Length <= LongestLookup && Encoding.UTF8.GetByteCount(grapheme) <= LongestLookup && Lookup(grapheme) is var found and >= 0)
        {
            target.Add(TextAt(found), Begin(source, start, target), source.To[end - 1]);
            return;
        }

        for (var i = start; i < end;)
        {
            var length = char.IsHighSurrogate(source.Chars[i]) ? 2 : 1;
            AddCharacter(source, i, length, target);
            i += length;
        }
    }

    private void AddCharacter(AlignedText source, int index, int length, AlignedText target)
    {
        var character = source.Chars[index];
        int found;
        if (length == 2)
        {
            found = Lookup(source.Chars.Slice(index, 2));
        }
        else
        {
            found = _single[character];
            if (found == Unknown)
            {
                found = _single[character] = Lookup(source.Chars.Slice(index, 1));
            }
        }

        if (found >= 0)
        {
            target.Add(TextAt(found), Begin(source, index, target), source.To[index + length - 1]);
        }
        else if (target.Count > 0)
        {
            target.Add(source, index, index + length);
        }
        else
        {
            target.Add(source.Chars.Slice(index, length), Begin(source, index, target), source.To[index]);
        }
    }

    /// <summary>The first character of the result covers what was removed before it, as in the original, where that decides whether it stands at the beginning.</summary>
    private static int Begin(AlignedText source, int index, AlignedText target) => source.From[target.Count == 0 ? 0 : index];

    private string TextAt(int offset)
    {
        if (_texts[offset] is { } text)
        {
            return text;
        }

        var rest = _replacements.AsSpan(offset);
        var end = rest.IndexOf((byte)0);
        return _texts[offset] = Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }

    /// <summary>Place of the replacement for the shortest beginning of a text that the map has; -1 for none.</summary>
    private int Lookup(ReadOnlySpan<char> text)
    {
        if (_units.Length == 0)
        {
            return Unchanged;
        }

        Span<byte> bytes = stackalloc byte[LongestLookup * 3];
        bytes = bytes[..Encoding.UTF8.GetBytes(text, bytes)];
        var unit = _units[0];
        var position = Offset(unit);
        foreach (var value in bytes)
        {
            position ^= value;
            if (value == 0 || position >= _units.Length)
            {
                return Unchanged;
            }

            unit = _units[position];
            if ((unit & 0x800000FF) != value)
            {
                return Unchanged;
            }

            position ^= Offset(unit);
            if ((unit & 0x100) != 0)
            {
                var leaf = position < _units.Length ? (int)(_units[position] & 0x7FFFFFFF) : int.MaxValue;
                return leaf < _replacements.Length ? leaf : Unchanged;
            }
        }

        return Unchanged;
    }

    private static int Offset(uint unit) => (int)((unit >> 10) << (int)((unit & 0x200) >> 6));
}
