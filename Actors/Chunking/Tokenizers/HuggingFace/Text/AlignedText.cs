using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

/// <summary>A text under way to the model: each of its characters knows the range of the original text it was made from. Not safe for concurrent use.</summary>
internal sealed class AlignedText
{
    private const int SmallSize = 1024;

    private char[] _chars = new char[SmallSize];
    private int[] _from = new int[SmallSize];
    private int[] _to = new int[SmallSize];

    /// <summary>Number of characters (UTF-16).</summary>
    public int Count { get; private set; }

    /// <summary>Characters there is room for.</summary>
    public int Capacity => _chars.Length;

    /// <summary>The characters; valid until the next change.</summary>
    public ReadOnlySpan<char> Chars => _chars.AsSpan(0, Count);

    /// <summary>Where what each was made from begins.</summary>
    public ReadOnlySpan<int> From => _from.AsSpan(0, Count);

    /// <summary>Where that ends.</summary>
    public ReadOnlySpan<int> To => _to.AsSpan(0, Count);

    /// <summary>Forgets the text, keeps the memory.</summary>
    public void Clear() => Count = 0;

    /// <summary>Appends a character.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(char character, int from, int to)
    {
        var index = Count;
        var chars = _chars;
        if ((uint)index >= (uint)chars.Length)
        {
            Grow(index + 1);
            chars = _chars;
        }

        chars[index] = character;
        _from[index] = from;
        _to[index] = to;
        Count = index + 1;
    }

    /// <summary>Appends a string, all of it made from one range.</summary>
    public void Add(ReadOnlySpan<char> text, int from, int to)
    {
        foreach (var character in text)
        {
            Add(character, from, to);
        }
    }

    /// <summary>Appends a part of another text as it is.</summary>
    public void Add(AlignedText source, int start, int end)
    {
        var length = end - start;
        if (Count + length > _chars.Length)
        {
            Grow(Count + length);
        }

        source._chars.AsSpan(start, length).CopyTo(_chars.AsSpan(Count));
        source._from.AsSpan(start, length).CopyTo(_from.AsSpan(Count));
        source._to.AsSpan(start, length).CopyTo(_to.AsSpan(Count));
        Count += length;
    }

    /// <summary>Takes an original text; a lone surrogate becomes U+FFFD, both halves of a pair get the range of the pair.</summary>
    public void Load(ReadOnlySpan<char> text)
    {
        Count = 0;
        if (text.Length > _chars.Length)
        {
            Grow(text.Length);
        }

        text.CopyTo(_chars);
        for (var i = 0; i < text.Length; i++)
        {
            _from[i] = i;
            _to[i] = i + 1;
        }

        Count = text.Length;
        for (var i = 0; ;)
        {
            var next = text[i..].IndexOfAnyInRange('\uD800', '\uDFFF');
            if (next < 0)
            {
                return;
            }

            i += next;
            if (Rune.DecodeFromUtf16(text[i..], out _, out var length) == OperationStatus.Done)
            {
                _to[i] = i + 2;
                _from[i + 1] = i;
                i += length;
            }
            else
            {
                _chars[i++] = '\uFFFD';
            }
        }
    }

    /// <summary>The code point at an index, and how many characters it takes. The text has no lone surrogates.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int CodePointAt(int index, out int length)
    {
        var character = _chars[index];
        if (!char.IsHighSurrogate(character))
        {
            length = 1;
            return character;
        }

        length = 2;
        return char.ConvertToUtf32(character, _chars[index + 1]);
    }

    private void Grow(int needed)
    {
        var size = Math.Max(needed, 2 * _chars.Length);
        Array.Resize(ref _chars, size);
        Array.Resize(ref _from, size);
        Array.Resize(ref _to, size);
    }
}
